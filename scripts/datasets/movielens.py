"""MovieLens-100k (Harper and Konstan 2015), which comes with the Python package recbole: what users liked."""
import glob
import os
import random

from .files import folder_of, integers

# A rating from here on says that one liked it.
LIKED = 4
TEST_USERS = 188


def make():
    """The arrays, and where their licence stands. Of each part `ratings`, rows of user, movie and whether it was liked, users and
    movies numbered from 0, each user's together. Users of `test` are in no row of `train`."""
    folder = folder_of("recbole", "dataset_example/ml-100k")
    with open(os.path.join(folder, "ml-100k.inter"), encoding="utf-8") as file:
        rows = [line.split("\t") for line in file.read().splitlines()[1:]]
    movies = {movie: number for number, movie in enumerate(sorted({int(row[1]) for row in rows}))}
    users = sorted({int(row[0]) for row in rows})
    random.Random(0).shuffle(users)
    arrays = {}
    for part, chosen in {"train": users[TEST_USERS:], "test": users[:TEST_USERS]}.items():
        numbers = {user: number for number, user in enumerate(chosen)}
        arrays[part + ".ratings"] = integers(sorted(
            [numbers[int(user)], movies[int(movie)], int(float(rating) >= LIKED)]
            for user, movie, rating, *_ in rows if int(user) in numbers))
        print(f"{part}: {len(chosen)} users, {arrays[part + '.ratings'][1][0]} ratings")
    return arrays, sorted(glob.glob(os.path.join(folder, "README*")))
