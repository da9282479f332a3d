"""Quizzes: one `quiz.yml` becomes a self-check page, a Moodle GIFT file and a printed paper with its key.

title: Readiness quiz 01
intro: Answer without looking back.
questions:
  - id: subwords                 # unique; names the question in GIFT and in the reader's progress
    objective: why subwords      # what it tests
    text: Why are words split?   # Markdown; {claim:run-id:metric} prints a claim, so keys cannot go stale
    several: false               # true: more than one option may be right
    options:
      - text: To cover any text with a fixed vocabulary.
        correct: true
        reason: Rare words become several known pieces.
"""

from pycode.site.quiz.gift import to_gift
from pycode.site.quiz.page import quiz_page
from pycode.site.quiz.schema import Option, Question, Quiz, find_quizzes, read_quiz

__all__ = ["Option", "Question", "Quiz", "find_quizzes", "quiz_page", "read_quiz", "to_gift"]
