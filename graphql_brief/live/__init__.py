"""What reaches open pages: the log's tail as streams of updates that resume from a cursor."""
