/* Sharing, turns, intervals, bounds, reload, drain. */
#include "client.h"
#include "rig.h"
#include "suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static struct rig rig;

static const char config[] =
	"modules:\n"
	"  a: {prober: pop3, pop3: {auth: alice}}\n"
	"  b: {prober: pop3, pop3: {auth: alice, stat: true, greeting_metric: true}}\n"
	"  seldom: {prober: pop3, pop3: {auth: {username: alice, password: wonderland-7Q, "
	"min_login_interval: 1h, targets: any}}}\n"
	"  command: {prober: pop3, pop3: {auth: {username: alice, password_command: "
	"'/bin/echo wonderland-7Q', targets: any}}}\n"
	"  nocommand: {prober: pop3, pop3: {auth: {username: alice, password_command: "
	"'/bin/false', targets: any}}}\n"
	"auths:\n"
	"  alice: {username: alice, password: wonderland-7Q, targets: any}\n";

static void tear_down(void)
{
	rig_stop(&rig);
}

/* Sends a GET and does not wait for the reply. */
static int begin(const char *path, const char *timeout)
{
	char text[1024];
	int fd = client_connect(rig.port);
	int n = snprintf(text, sizeof(text),
		"GET %s HTTP/1.1\r\nHost: x\r\nX-Prometheus-Scrape-Timeout-Seconds: %s\r\n\r\n",
		rig_path(&rig, path), timeout);

	ck_assert_int_ge(fd, 0);
	ck_assert(client_send(fd, text, (size_t)n));
	return fd;
}

static void finish(int fd, struct reply *r)
{
	client_read(fd, r, 20, false);
	close(fd);
}

static int recorded(void)
{
	char *text = rig_read(&rig, "record");
	int n = 0;

	for (const char *p = text; (p = strstr(p, "connection ")); p++)
		n += p == text || p[-1] == '\n';
	free(text);
	return n;
}

/* The server writes a connection down at its end, which may come after our answer. */
static int connections(int expected)
{
	for (int tries = 0; tries < 400 && recorded() < expected; tries++)
		usleep(5000);
	return recorded();
}

static double own_metric(const char *series)
{
	struct reply r;
	double value;

	client_get(rig.port, "/metrics", NULL, &r);
	value = reply_value(&r, series);
	reply_fini(&r);
	return value;
}

START_TEST(identical_probes_share)
{
	int fds[20];
	struct reply r;

	rig_start(&rig, "on GREETING delay 300 default", config, "");
	for (int i = 0; i < 20; i++)
		fds[i] = begin("/probe?target=127.0.0.1:{plain}", "5");
	for (int i = 0; i < 20; i++) {
		finish(fds[i], &r);
		ck_assert_double_eq(reply_value(&r, "probe_success"), 1);
		reply_fini(&r);
	}
	ck_assert(rig_wait_for(&rig, "record", "end:"));
	ck_assert_int_eq(connections(1), 1);
}
END_TEST

/* Two modules, one maildrop: popd would answer the second login with [IN-USE]. */
START_TEST(one_login_at_a_time)
{
	int fds[6];
	struct reply r;

	rig_start(&rig, "on STAT delay 100 default", config, "");
	fds[0] = begin("/probe?target=127.0.0.1:{plain}&module=a", "5");
	fds[1] = begin("/probe?target=127.0.0.1:{plain}&module=b", "5");
	fds[2] = begin("/probe?target=localhost:{plain}&module=a", "5");
	fds[3] = begin("/probe?target=localhost:{plain}&module=b", "5");
	fds[4] = begin("/probe?target=127.0.0.1:{plain}&module=command", "5");
	fds[5] = begin("/probe?target=127.0.0.1:{plain}&auth=alice", "5");
	for (int i = 0; i < 6; i++) {
		finish(fds[i], &r);
		ck_assert_msg(reply_value(&r, "probe_pop3_state") == 0, "%s", r.body);
		reply_fini(&r);
	}
}
END_TEST

START_TEST(waiting_counts_in_the_deadline)
{
	struct reply r;
	int first, second;

	rig_start(&rig, "on STAT hang", config, "");
	first = begin("/probe?target=127.0.0.1:{plain}&module=a", "3");
	usleep(100000);
	second = begin("/probe?target=127.0.0.1:{plain}&module=b", "1");
	finish(second, &r);
	ck_assert_double_lt(r.seconds, 0.8);
	ck_assert_msg(reply_has(&r, "phase=\"auth\",reason=\"timeout\""), "%s", r.body);
	reply_fini(&r);
	finish(first, &r);
	ck_assert_msg(reply_has(&r, "phase=\"stat\",reason=\"timeout\""), "%s", r.body);
	reply_fini(&r);
}
END_TEST

START_TEST(interval_between_logins)
{
	struct reply r;

	rig_start(&rig, "", config, "");
	finish(begin("/probe?target=127.0.0.1:{plain}&module=seldom", "5"), &r);
	ck_assert_double_eq(reply_value(&r, "probe_success"), 1);
	ck_assert(!reply_has(&r, "probe_pop3_result_age_seconds"));
	reply_fini(&r);
	usleep(50000);
	finish(begin("/probe?target=127.0.0.1:{plain}&module=seldom", "5"), &r);
	ck_assert_double_eq(reply_value(&r, "probe_success"), 1);
	ck_assert_double_ge(reply_value(&r, "probe_pop3_result_age_seconds"), 0.05);
	ck_assert_ptr_nonnull(strstr(r.head, "Age: 0\r\n"));
	reply_fini(&r);
	ck_assert_int_eq(connections(1), 1);
}
END_TEST

START_TEST(password_from_a_command)
{
	struct reply r;

	rig_start(&rig, "", config, "");
	finish(begin("/probe?target=127.0.0.1:{plain}&module=command", "5"), &r);
	ck_assert_msg(reply_value(&r, "probe_success") == 1, "%s", r.body);
	reply_fini(&r);
	finish(begin("/probe?target=127.0.0.1:{plain}&module=nocommand", "5"), &r);
	ck_assert_msg(reply_has(&r, "phase=\"auth\",reason=\"internal\""), "%s", r.body);
	reply_fini(&r);
}
END_TEST

START_TEST(full_house)
{
	int fds[2];
	struct reply r;

	rig_start(&rig, "on GREETING hang", config, "--probes.max 2");
	fds[0] = begin("/probe?target=127.0.0.1:{plain}", "2");
	fds[1] = begin("/probe?target=localhost:{plain}", "2");
	usleep(100000);
	finish(begin("/probe?target=127.0.0.1:{tls}", "2"), &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_double_lt(r.seconds, 0.3);
	ck_assert_double_eq(reply_value(&r, "probe_success"), 0);
	ck_assert(reply_has(&r, "reason=\"too_many_probes\""));
	reply_fini(&r);
	ck_assert_double_eq(
		own_metric("pop3_exporter_probes_rejected_total{reason=\"too_many_probes\"}"), 1);
	ck_assert_double_eq(own_metric("pop3_exporter_probes_in_flight"), 2);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

static const struct {
	const char *allow, *target;
	bool allowed;
} allows[] = {
	{"127.0.0.0/8", "127.0.0.1:{plain}", true},
	{"10.0.0.0/8", "127.0.0.1:{plain}", false},
	{"10.0.0.0/8", "localhost:{plain}", false},
	{"127.0.0.0/8:1", "127.0.0.1:{plain}", false},
	{"10.0.0.0/8", "[::ffff:127.0.0.1]:{plain}", false},
	{"10.0.0.0/8", "2130706433:{plain}", false},
	{"10.0.0.0/8", "0x7f.1:{plain}", false},
};

START_TEST(allow_row)
{
	char flags[128], path[256];
	struct reply r;

	snprintf(flags, sizeof(flags), "--targets.allow %s", allows[_i].allow);
	rig_start(&rig, "", config, flags);
	snprintf(path, sizeof(path), "/probe?target=%s", allows[_i].target);
	finish(begin(path, "3"), &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_double_eq(reply_value(&r, "probe_success"), allows[_i].allowed);
	if (_i < 5 && !allows[_i].allowed)
		ck_assert_msg(reply_has(&r, "reason=\"target_not_allowed\""), "%s", r.body);
	ck_assert_int_eq(connections(allows[_i].allowed) > 0, allows[_i].allowed);
	reply_fini(&r);
}
END_TEST

START_TEST(client_goes_away)
{
	int fd;

	rig_start(&rig, "on GREETING hang", config, "");
	fd = begin("/probe?target=127.0.0.1:{plain}", "30");
	usleep(200000);
	ck_assert_double_eq(own_metric("pop3_exporter_probes_in_flight"), 1);
	close(fd);
	usleep(200000);
	ck_assert_double_eq(own_metric("pop3_exporter_probes_in_flight"), 0);
	ck_assert(rig_wait_for(&rig, "record", "end:"));
}
END_TEST

/* One of two goes away: the other still gets its result. */
START_TEST(one_of_two_goes_away)
{
	struct reply r;
	int first, second;

	rig_start(&rig, "on GREETING delay 400 default", config, "");
	first = begin("/probe?target=127.0.0.1:{plain}", "5");
	second = begin("/probe?target=127.0.0.1:{plain}", "5");
	usleep(100000);
	close(first);
	finish(second, &r);
	ck_assert_double_eq(reply_value(&r, "probe_success"), 1);
	reply_fini(&r);
}
END_TEST

static const char good[] = "modules:\n  other: {prober: pop3}\n";
static const char broken[] = "modules:\n  other: {prober: pop3, nosuch: 1}\n";

static int status_of(const char *module)
{
	char path[128];
	struct reply r;
	int status;

	snprintf(path, sizeof(path), "/probe?target=127.0.0.1:{plain}&module=%s", module);
	client_get(rig.port, rig_path(&rig, path), NULL, &r);
	status = r.status;
	reply_fini(&r);
	return status;
}

static void ask_reload(int how, int want)
{
	static const char post[] = "POST /-/reload HTTP/1.1\r\nContent-Length: 0\r\n\r\n";
	struct reply r;

	if (how == 0) {
		client_raw(rig.port, post, strlen(post), &r, 5);
		ck_assert_int_eq(r.status, want);
		if (want == 500)
			ck_assert_msg(reply_has(&r, "pop3.yml:2:"), "%s", r.body);
		reply_fini(&r);
	} else if (how == 1) {
		kill(rig.exporter, SIGHUP);
		usleep(200000);
	} else {
		usleep(2700000);
	}
}

/* By POST, by SIGHUP, by itself. */
START_TEST(reload)
{
	rig_start(&rig, "", config, "");
	ck_assert_int_eq(status_of("other"), 400);
	rig_write(&rig, "pop3.yml", good);
	ask_reload(_i, 200);
	ck_assert_int_eq(status_of("other"), 200);
	ck_assert_int_eq(status_of("a"), 400);
	rig_write(&rig, "pop3.yml", broken);
	ask_reload(_i, 500);
	ck_assert_int_eq(status_of("other"), 200);
	ck_assert_double_eq(own_metric("pop3_exporter_config_last_reload_successful"), 0);
	rig_write(&rig, "pop3.yml", config);
	ask_reload(_i, 200);
	ck_assert_int_eq(status_of("a"), 200);
	ck_assert_double_eq(own_metric("pop3_exporter_config_last_reload_successful"), 1);
}
END_TEST

START_TEST(reload_while_probing)
{
	struct reply r;
	int fd;

	rig_start(&rig, "on GREETING delay 500 default", config, "");
	fd = begin("/probe?target=127.0.0.1:{plain}&module=a", "5");
	usleep(100000);
	rig_write(&rig, "pop3.yml", good);
	ask_reload(0, 200);
	finish(fd, &r);
	ck_assert_double_eq(reply_value(&r, "probe_success"), 1);
	reply_fini(&r);
}
END_TEST

START_TEST(drain)
{
	struct reply r;
	int fd;

	rig_start(&rig, "on GREETING delay 600 default", config, "");
	fd = begin("/probe?target=127.0.0.1:{plain}", "5");
	usleep(100000);
	kill(rig.exporter, SIGTERM);
	usleep(100000);
	ck_assert_int_lt(client_connect(rig.port), 0);
	client_read(fd, &r, 5, false);
	ck_assert_double_eq(reply_value(&r, "probe_success"), 1);
	ck_assert_ptr_nonnull(strstr(r.head, "Connection: close"));
	reply_fini(&r);
	close(fd);
	ck_assert_int_eq(rig_wait_exit(&rig, 3), 0);
}
END_TEST

START_TEST(idle_ends_at_once)
{
	rig_start(&rig, "", config, "");
	kill(rig.exporter, SIGTERM);
	ck_assert_int_eq(rig_wait_exit(&rig, 1), 0);
}
END_TEST

/* More clients than descriptors: none hangs the daemon, and the health check is answered. */
START_TEST(few_descriptors)
{
	const struct rlimit few = {100, 100}, many = {20000, 20000};
	struct rlimit before;
	int fds[150];
	struct reply r;

	getrlimit(RLIMIT_NOFILE, &before);
	setrlimit(RLIMIT_NOFILE, &few);
	rig_start(&rig, "on GREETING hang", config, "");
	setrlimit(RLIMIT_NOFILE, before.rlim_max > few.rlim_max ? &before : &many);
	for (int i = 0; i < 60; i++) {
		char path[128];

		snprintf(path, sizeof(path), "/probe?target=127.0.0.%d:{plain}", i + 1);
		fds[i] = client_connect(rig.port);
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = begin(path, "2");
	}
	for (int i = 0; i < 60; i++) {
		finish(fds[i], &r);
		ck_assert_int_eq(r.status, 200);
		reply_fini(&r);
	}
	client_get(rig.port, "/-/healthy", NULL, &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_double_lt(r.seconds, 2);
	reply_fini(&r);
}
END_TEST

START_TEST(signals_in_plenty)
{
	struct reply r;

	rig_start(&rig, "", config, "");
	for (int i = 0; i < 1000; i++)
		kill(rig.exporter, SIGHUP);
	client_get(rig.port, "/-/healthy", NULL, &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_double_lt(r.seconds, 2);
	reply_fini(&r);
}
END_TEST

START_TEST(history_is_bounded)
{
	struct reply r;
	int rows = 0;

	rig_start(&rig, "", config, "--history.limit 3");
	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(status_of("pop3"), 200);
	client_get(rig.port, "/", NULL, &r);
	for (const char *p = r.body; (p = strstr(p, "logs?id=")); p++)
		rows++;
	ck_assert_int_eq(rows, 3);
	reply_fini(&r);
}
END_TEST

Suite *manners_suite(void)
{
	Suite *s = suite_create("exporter manners");
	TCase *c = tcase_create("manners");

	tcase_add_checked_fixture(c, NULL, tear_down);
	tcase_set_timeout(c, 40);
	tcase_add_test(c, identical_probes_share);
	tcase_add_test(c, one_login_at_a_time);
	tcase_add_test(c, waiting_counts_in_the_deadline);
	tcase_add_test(c, interval_between_logins);
	tcase_add_test(c, password_from_a_command);
	tcase_add_test(c, full_house);
	tcase_add_loop_test(c, allow_row, 0, sizeof(allows) / sizeof(allows[0]));
	tcase_add_test(c, client_goes_away);
	tcase_add_test(c, one_of_two_goes_away);
	tcase_add_loop_test(c, reload, 0, 3);
	tcase_add_test(c, reload_while_probing);
	tcase_add_test(c, drain);
	tcase_add_test(c, idle_ends_at_once);
	tcase_add_test(c, few_descriptors);
	tcase_add_test(c, signals_in_plenty);
	tcase_add_test(c, history_is_bounded);
	suite_add_tcase(s, c);
	return s;
}
