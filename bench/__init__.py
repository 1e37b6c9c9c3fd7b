"""What the product costs: CPU time per stage and frame, memory, start-up. Not part of the installed package."""
