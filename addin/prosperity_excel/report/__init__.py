"""What a report says, and its renderers."""
