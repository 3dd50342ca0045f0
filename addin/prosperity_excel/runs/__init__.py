"""Books in, an evaluation out: evaluate, examine, sweep, settings, outputs."""
