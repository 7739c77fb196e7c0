/** The analyst's zone in a test; imported before what is tested. */

process.env.TZ = "UTC";
