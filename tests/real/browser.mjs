// Drives a real browser through a provider's own sign-in pages.
// Usage: node browser.mjs URL USER [SCREENSHOT.png]
// Fills in every login form, presses every confirmation, and prints the last page's address and text as JSON.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const [url, user, screenshot] = process.argv.slice(2);
const executablePath = process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  const page = await browser.newPage({ viewport: { width: 800, height: 600 } });
  page.setDefaultTimeout(20_000);
  const pages = [];
  await page.goto(url);
  for (let step = 0; step < 10; step += 1) {
    pages.push(page.url());
    const login = page.locator('input[name="login"]');
    if (await login.count()) {
      await login.fill(user);
      const password = page.locator('input[name="password"]');
      if (await password.count()) await password.fill("any");
    }
    // The first button of every page goes on; "abort" and the like come after it. It may stand outside its form.
    const button = page.locator('button[type="submit"], form button:not([type]), input[type="submit"]').first();
    if (!(await button.count())) break;
    await Promise.all([page.waitForNavigation({ waitUntil: "load" }), button.click()]);
  }
  if (screenshot) await page.screenshot({ path: screenshot });
  console.log(JSON.stringify({
    url: page.url().split("?")[0],
    title: await page.title(),
    text: await page.locator("body").innerText(),
    pages: pages.length,
  }));
} finally {
  await browser.close();
}
