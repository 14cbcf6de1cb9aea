"""The project's own framework: every line is yours to change."""
