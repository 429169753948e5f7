"""Django's PostgreSQL backend, with one wait for a database that is away."""
