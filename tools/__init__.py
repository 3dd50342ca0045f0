"""What makes files of this repository from the code; no part of the product."""
