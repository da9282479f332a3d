"""From pages to the course site: freeze, render, notebooks, quizzes, PDFs, checks."""
