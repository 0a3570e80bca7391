"""The history of the tables; a revision that was released is never edited."""
