"""The work of a border."""
