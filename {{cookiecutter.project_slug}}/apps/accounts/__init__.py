"""Who can log in: a user known by an e-mail address."""
