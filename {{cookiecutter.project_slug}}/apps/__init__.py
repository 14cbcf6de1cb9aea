"""What this project is for."""
