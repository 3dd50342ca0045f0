"""What a worksheet function answers, whatever the host."""
