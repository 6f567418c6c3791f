#include "rig.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	SRunner *runner;
	int failed;

	if (argc == 3 && strcmp(argv[1], "--build") == 0) {
		rig_set_build(argv[2]);
	} else if (argc != 1) {
		fprintf(stderr, "usage: exporter-tests [--build DIR]\n");
		return 2;
	}
	runner = srunner_create(parts_suite());
	srunner_add_suite(runner, exposition_suite());
	srunner_add_suite(runner, http_suite());
	srunner_add_suite(runner, probe_suite());
	srunner_add_suite(runner, manners_suite());
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
