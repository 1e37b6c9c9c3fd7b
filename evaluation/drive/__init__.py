"""Makes drive-by clips with the truth of every pass, from labelled photographs and from rendered plates."""
