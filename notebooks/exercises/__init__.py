"""What answers back: the self-checks of the lessons, the quizzes, the progress."""
