#include "test_config.h"
void test_config_add_bad(Suite *s)
{
	(void)s;
}
