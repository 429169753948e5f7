"""What a border does."""
