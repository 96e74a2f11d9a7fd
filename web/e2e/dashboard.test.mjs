// Clicks through every page of the dashboard of a running demo, in Chromium; compares
// its numbers with the API's (numbers.mjs), and looks at what moves (live.mjs).
// Pictures of all pages go to shots/.
import "./pages.mjs";
import "./numbers.mjs";
import "./odd.mjs";
import "./operator.mjs";
import "./live.mjs"; // the last: it starts the pool anew
