/* Runs every unit test suite; closes with Check's summary. */
#include <check.h>
#include <stdlib.h>

Suite *suite_base(void);
Suite *suite_pop3(void);
Suite *suite_sasl(void);
Suite *suite_tls(void);
Suite *suite_probe(void);
Suite *suite_net(void);
Suite *suite_report(void);
Suite *suite_config(void);
Suite *suite_plugin(void);

int main(void)
{
	SRunner *runner = srunner_create(suite_base());
	int failed;

	srunner_add_suite(runner, suite_pop3());
	srunner_add_suite(runner, suite_sasl());
	srunner_add_suite(runner, suite_tls());
	srunner_add_suite(runner, suite_probe());
	srunner_add_suite(runner, suite_net());
	srunner_add_suite(runner, suite_report());
	srunner_add_suite(runner, suite_config());
	srunner_add_suite(runner, suite_plugin());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
