/* Paths, methods, bad requests: nothing a client sends ends the daemon or hangs it. */
#include "client.h"
#include "expo.h"
#include "rig.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct rig rig;

static void set_up(void)
{
	rig_start(&rig, "", NULL, "");
}

static void tear_down(void)
{
	struct reply r;

	client_get(rig.port, "/-/healthy", NULL, &r);
	ck_assert_int_eq(r.status, 200);
	reply_fini(&r);
	rig_stop(&rig);
}

static const struct {
	const char *request; /* the line, without HTTP/1.1 */
	int status;
	const char *head, *body; /* contained; NULL: anything */
} rows[] = {
	{"GET /-/healthy", 200, NULL, "healthy"},
	{"GET /-/ready", 200, NULL, "ready"},
	{"POST /-/reload", 200, NULL, NULL},
	{"GET /-/reload", 405, "Allow: POST\r\n", NULL},
	{"PUT /-/reload", 405, "Allow: POST\r\n", NULL},
	{"HEAD /-/healthy", 200, "Content-Length: 8\r\n", ""},
	{"POST /-/healthy", 405, "Allow: GET, HEAD\r\n", NULL},
	{"DELETE /metrics", 405, "Allow: GET, HEAD\r\n", NULL},
	{"OPTIONS /probe", 405, "Allow: GET, HEAD\r\n", NULL},
	{"PATCH /", 405, "Allow: GET, HEAD\r\n", NULL},
	{"BREW /metrics", 405, "Allow: GET, HEAD\r\n", NULL},
	{"GET /", 200, "Content-Security-Policy: default-src 'none'", "<form"},
	{"HEAD /", 200, "text/html", ""},
	{"GET /metrics", 200, "text/plain; version=0.0.4; charset=utf-8\r\n",
		"pop3_exporter_build_info"},
	{"HEAD /metrics", 200, "text/plain; version=0.0.4; charset=utf-8\r\n", ""},
	{"GET /config", 200, "text/plain", "modules:"},
	{"GET /nosuch", 404, NULL, NULL},
	{"GET /probe/", 404, NULL, NULL},
	{"GET /-/", 404, NULL, NULL},
	{"GET /../etc/passwd", 404, NULL, NULL},
	{"GET /%2d/healthy", 404, NULL, NULL},
	{"GET /logs", 400, NULL, "id or target"},
	{"GET /logs?id=nosuch", 404, NULL, NULL},
	{"GET /logs?target=nosuch", 404, NULL, NULL},
	{"GET /probe", 400, NULL, "target parameter is missing"},
	{"GET /probe?target=", 400, NULL, "target parameter is missing"},
	{"GET /probe?target", 400, NULL, "target parameter is missing"},
	{"GET /probe?target=a%00b", 400, NULL, "NUL"},
	{"GET /probe?target=a%0", 400, NULL, "escape"},
	{"GET /probe?target=a%zz", 400, NULL, "escape"},
	{"GET /probe?target=a&target=b", 400, NULL, "twice"},
	{"GET /probe?target=a%0ab", 400, NULL, "target"},
	{"GET /probe?target=127.0.0.1&module=nosuch", 400, NULL, "unknown module"},
	{"GET /probe?target=127.0.0.1&module=pop3x", 400, NULL, "did you mean"},
	{"GET /probe?target=127.0.0.1&module=%0a%3cscript%3e", 400, NULL, "unknown module"},
	{"GET /probe?target=127.0.0.1&auth=nosuch", 400, NULL, "unknown auth"},
	{"GET /probe?target=127.0.0.1&format=xml", 400, NULL, "format"},
	{"GET /probe?target=127.0.0.1&debug=perhaps", 400, NULL, "debug"},
	{"GET /probe?target=127.0.0.1&hostname=a%20b", 400, NULL, "hostname"},
	{"GET /probe?target=[::1", 400, NULL, "target"},
	{"GET http://elsewhere/-/healthy", 200, NULL, "healthy"},
};

START_TEST(request_row)
{
	char text[1024];
	struct reply r;
	int n = snprintf(text, sizeof(text), "%s HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
		rows[_i].request);

	client_raw(rig.port, text, (size_t)n, &r, 10);
	ck_assert_msg(r.status == rows[_i].status, "%s: status %d", rows[_i].request, r.status);
	if (rows[_i].head)
		ck_assert_msg(strstr(r.head, rows[_i].head) != NULL, "%s", r.head);
	if (rows[_i].body && !*rows[_i].body)
		ck_assert_uint_eq(r.body_octets, 0);
	else if (rows[_i].body)
		ck_assert_msg(reply_has(&r, rows[_i].body), "%s", r.body);
	if (r.status == 400)
		ck_assert_ptr_eq(strchr(r.body, '\n'), r.body + r.body_octets - 1);
	reply_fini(&r);
}
END_TEST

static const char *const broken[] = {
	"\r\n\r\n\r\n",
	"GET\r\n\r\n",
	"GET /\r\n\r\n",
	"GET / HTTP/9.9\r\n\r\n",
	"GET / HTTP/1.1\r\nno colon\r\n\r\n",
	"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
	"POST /-/reload HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
	"POST /-/reload HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
	"GET /probe?target=127.0.0.1:{plain} HTTP/1.1\r\n"
	"X-Prometheus-Scrape-Timeout-Seconds: abc\r\n\r\n",
	"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
	"GET /\x01\xff HTTP/1.1\r\n\r\n",
	"+OK ready\r\n",
};

START_TEST(broken_row)
{
	const char *text = rig_path(&rig, broken[_i]);
	struct reply r;

	client_raw(rig.port, text, strlen(text), &r, 0.3);
	ck_assert_msg(r.status == 0 || (r.status >= 400 && r.status < 500) ||
			      (r.status == 200 && _i == 3) || r.status == 505 || r.status == 404,
		"status %d", r.status);
	reply_fini(&r);
}
END_TEST

START_TEST(long_lines)
{
	static char text[200000];
	struct reply r;

	memset(text, 'a', sizeof(text));
	memcpy(text, "GET /", 5);
	client_raw(rig.port, text, sizeof(text), &r, 2);
	ck_assert_int_ne(r.status, 200);
	reply_fini(&r);
	memcpy(text, "GET /-/healthy HTTP/1.1\r\nX: ", 28);
	client_raw(rig.port, text, sizeof(text), &r, 2);
	ck_assert_int_ne(r.status, 200);
	reply_fini(&r);
}
END_TEST

/* One octet every now and then: the request has a time of its own. */
START_TEST(slow_request)
{
	int fd = client_connect(rig.port);
	double begin = now_seconds();
	char c;

	while (now_seconds() - begin < 15 && client_send(fd, "G", 1) &&
		recv(fd, &c, 1, MSG_DONTWAIT) != 0)
		usleep(300000);
	ck_assert_double_lt(now_seconds() - begin, 13);
	close(fd);
}
END_TEST

START_TEST(keep_alive_and_pipelining)
{
	static const char two[] = "GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n"
				  "GET /-/ready HTTP/1.1\r\nHost: x\r\n\r\n";
	int fd = client_connect(rig.port);
	char text[2048] = "";
	size_t n = 0;

	ck_assert(client_send(fd, two, strlen(two)));
	for (int i = 0; i < 100 && !strstr(text, "\nready"); i++) {
		ssize_t got = recv(fd, text + n, sizeof(text) - 1 - n, MSG_DONTWAIT);

		n += got > 0 ? (size_t)got : 0;
		text[n] = '\0';
		usleep(10000);
	}
	ck_assert_ptr_nonnull(strstr(text, "\nhealthy"));
	ck_assert_ptr_nonnull(strstr(text, "\nready"));
	close(fd);
}
END_TEST

static const struct {
	const char *path, *accept;
	bool openmetrics;
} forms[] = {
	{"/metrics", "", false},
	{"/metrics", "Accept: application/openmetrics-text; version=1.0.0\r\n", true},
	{"/probe?target=127.0.0.1:{plain}", "", false},
	{"/probe?target=127.0.0.1:{plain}", "Accept: application/openmetrics-text\r\n", true},
	{"/probe?target=127.0.0.1:{tls}&module=pop3s", "", false},
	{"/probe?target=127.0.0.1:{tls}&module=pop3s", "Accept: application/openmetrics-text\r\n",
		true},
	{"/probe?target=127.0.0.1:{refused}", "", false},
	{"/probe?target=127.0.0.1:{refused}&format=openmetrics", "", true},
	{"/probe?target=nosuch.invalid", "", false},
	{"/probe?target=:0", "", false},
};

START_TEST(form_row)
{
	const char *type =
		forms[_i].openmetrics
			? "application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"
			: "text/plain; version=0.0.4; charset=utf-8\r\n";
	char why[EXPO_WHY_MAX];
	struct reply r;

	/* So that /metrics has something of everything. */
	client_get(rig.port, rig_path(&rig, "/probe?target=127.0.0.1:{refused}"), NULL, &r);
	reply_fini(&r);
	client_get(rig.port, rig_path(&rig, forms[_i].path), forms[_i].accept, &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_ptr_nonnull(strstr(r.head, type));
	ck_assert_ptr_nonnull(strstr(r.head, "Vary: Accept"));
	ck_assert_msg(!expo_check(r.body, r.body_octets, forms[_i].openmetrics, why), "%s\n%s", why,
		r.body);
	reply_fini(&r);
}
END_TEST

#define ROWS(t) ((int)(sizeof(t) / sizeof((t)[0])))

Suite *http_suite(void)
{
	Suite *s = suite_create("exporter http");
	TCase *c = tcase_create("requests");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_set_timeout(c, 40);
	tcase_add_loop_test(c, request_row, 0, ROWS(rows));
	tcase_add_loop_test(c, broken_row, 0, ROWS(broken));
	tcase_add_loop_test(c, form_row, 0, ROWS(forms));
	tcase_add_test(c, long_lines);
	tcase_add_test(c, slow_request);
	tcase_add_test(c, keep_alive_and_pipelining);
	suite_add_tcase(s, c);
	return s;
}
