"""The three ways a committed task reaches a worker: the database itself, Redis or RabbitMQ."""
