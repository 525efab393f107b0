/** The label that messages bear until somebody has read them. */
export const unreadLabel = "UNREAD";
