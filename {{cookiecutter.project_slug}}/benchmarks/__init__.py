"""What things cost, one script per system; never part of the test run."""
