"""What landing and building would make of one file, without doing either: which file is meant, a landing and a build of
it in a temporary folder, and what the staging model says of it."""
