"""Print the assessment."""

import sys

from observatoire.assessment.writing import write_assessment

sys.stdout.write(write_assessment())
