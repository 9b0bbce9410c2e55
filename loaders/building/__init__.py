"""From landed files to marts: by dbt, and by the statements that it compiled while the project is the same."""
