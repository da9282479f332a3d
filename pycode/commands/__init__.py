"""One file per `course` command: arguments in, exit code out."""
