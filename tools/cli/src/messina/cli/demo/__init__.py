"""`messina demo`: one day of real flights, live from CQL to PostgreSQL, compared at the end."""
