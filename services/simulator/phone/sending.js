/** What the page sends in the name of the open person, with what the trouble panel adds to it. */

import { conversations } from "./conversations.js";
import { byId } from "./element.js";
import { t } from "./language.js";
import { sendAs } from "./simulator.js";

/** Beside every send: the business number written to (and its name), and how often each webhook is repeated. */
export const manner = { phoneNumberId: null, businessName: "", repeat: 1 };

/**
 * Send `messages` (items of the control API) from `person`. Resolves to whether the simulator took them;
 * when it did not, the page says so.
 */
export async function send(person, ...messages) {
  const body = { messages, profile_name: person.name, repeat: manner.repeat };
  if (manner.phoneNumberId) body.phone_number_id = manner.phoneNumberId;
  const problem = byId("send-problem");
  try {
    await sendAs(person.waId, body);
    problem.hidden = true;
    return true;
  } catch {
    problem.textContent = t("send_problem");
    problem.hidden = false;
    return false;
  }
}

export const sendFromOpen = (...messages) => send(conversations.open, ...messages);
