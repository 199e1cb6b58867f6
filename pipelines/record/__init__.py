"""What is kept for good: every file received, and what was loaded, undone and decided."""
