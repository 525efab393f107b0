// Made from the API's description (/openapi.json) by test/client/api-types.int.test.ts: `vitest -u`.

export interface paths {
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process is up */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @enum {string} */
                            status: "up";
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This description */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            [key: string]: unknown;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether requests can be served, and which part is missing */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            parts: {
                                [key: string]: string;
                            };
                            /** @enum {string} */
                            status: "ready";
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Connected mailboxes, in the order in which they were connected */
        get: {
            parameters: {
                query?: {
                    /** @description `nextCursor` of the page before; absent: the first page */
                    cursor?: string;
                    /** @description Only this address; upper and lower case are the same */
                    email?: string;
                    /** @description Items a page, 200 at most */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["Account"][];
                            /** @description Ask for the next page with it; null: this is the last one */
                            nextCursor: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        /** Connect a mailbox */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["AccountRequestInput"];
                };
            };
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Account"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One connected mailbox */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A connected mailbox's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Account"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /**
         * Remove an account, with everything that is held on it
         * @description Answers when it is certain that it will be done, whatever crashes: its syncs end as cancelled, its mail cannot be read any more, the provider is asked to stop telling us of the mailbox and to take its consent back, and mail, attachments, audit trail and credentials are removed. Meanwhile the account is `removing`, then 404; the fact `account.removed` stays, and holds no address and no content. The mailbox can be connected again then, as a new account. There is no way back.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A connected mailbox's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RemovalAccepted"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /**
         * Change how a mailbox is synced
         * @description What is not named stays as it is. Attachments: what is kept already stays kept, and what was stored before "eager" is fetched when it is asked for. A schedule begins anew.
         */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A connected mailbox's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["AccountChangeInput"];
                };
            };
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Account"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/v1/accounts/{id}/credentials": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Connect a mailbox again
         * @description Takes new credentials, and resumes the syncs that paused because the provider refused the old ones, where they were. Syncs that a person paused stay paused. Asking again does no harm.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A connected mailbox's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CredentialsRequestInput"];
                };
            };
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Account"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Everything that is held on an account, as one file
         * @description jsonl: a line for each object, with its `kind`: account (without credentials), label, message (headers, bodies, attachments with their SHA-256), sync, dead_letter, event, and at last `end` with how many there were; without that line the file is not whole. mbox (RFC 4155, mboxrd quoting): the messages, to the byte where those are kept, but for line ends; others are put together from what is held, and have the header `X-Millrace-Reconstructed`. Messages that are marked as deleted are held, and therefore in it. Each object is as it was when it was read, once: what is stored behind the place that the export has reached is in it, what is stored before it is not. Ends early, without its last line, when the account is removed meanwhile.
         */
        get: {
            parameters: {
                query?: {
                    format?: "jsonl" | "mbox";
                };
                header?: never;
                path: {
                    /** @description A connected mailbox's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The file */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/jsonl": string;
                        "application/mbox": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}/hold": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Hold an account
         * @description Nothing of it is removed by age until the hold ends, and it cannot be removed. What facts have forgotten before (`syncs.forgotten`, `dead_letters.forgotten`) is gone. Held once more it gets the new reason.
         */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A connected mailbox's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["HoldRequestInput"];
                };
            };
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Account"];
                    };
                };
            };
        };
        post?: never;
        /**
         * End an account's hold
         * @description What has had its time meanwhile is removed by the next run of retention.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A connected mailbox's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Account"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}/labels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An account's labels, as of its newest sync, with how many messages bear them */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A connected mailbox's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["Label"][];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** An account's messages, newest first */
        get: {
            parameters: {
                query?: {
                    /** @description `nextCursor` of the page before; absent: the first page */
                    cursor?: string;
                    /** @description Only messages of this address */
                    from?: string;
                    /** @description true: also messages that are deleted, until retention removes them */
                    includeDeleted?: "true" | "false";
                    /** @description Only messages with this label */
                    label?: string;
                    /** @description Items a page, 200 at most */
                    limit?: number;
                    /** @description Only messages that the provider, and facts, call so; up to 200 of them, each as a parameter */
                    providerId?: string[];
                    /** @description Only messages with these words, in subject, addresses or text; "a phrase", or, -not */
                    q?: string;
                    threadId?: string;
                };
                header?: never;
                path: {
                    /** @description A connected mailbox's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["MessageSummary"][];
                            /** @description Ask for the next page with it; null: this is the last one */
                            nextCursor: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}/quota": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the provider allows an account, and what is used of it */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A connected mailbox's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Quota"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}/verifications/{verificationId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A verification, with its progress and what it found */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A connected mailbox's id */
                    id: string;
                    /** @description A verification's id */
                    verificationId: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Verification"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/accounts/{id}/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Compare a mailbox with the store
         * @description Lists all ids and labels of the mailbox and compares them with what is stored. Runs in the background; follow `links.self`. While one of the account runs, it is answered. With `repair`, a sync takes in exactly what is found: missing and changed messages are fetched, extra ones that are really gone are hidden.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A connected mailbox's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["VerificationRequestInput"] | null;
                };
            };
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["VerificationAccepted"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/activity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happened over time, to be drawn
         * @description A point stands for a minute, or for as many as make 120 points. The last one is still growing. An operator's key asks of all tenants together.
         */
        get: {
            parameters: {
                query?: {
                    /** @description So many minutes, this one included, 1440 at most */
                    minutes?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Activity"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who has asked for what was done, newest first
         * @description Requests that change something, and exports. What came of them to mailboxes is in `/v1/events`. With an operator's key: those about no single tenant.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Only of this key */
                    actorId?: string;
                    /** @description `nextCursor` of the page before; absent: the first page */
                    cursor?: string;
                    /** @description Items a page, 500 at most */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["AuditEntry"][];
                            /** @description Ask for the next page with it; null: this is the last one */
                            nextCursor: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/browser-tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a token with which a page may watch
         * @description It opens syncs, their streams and chunks, accounts and their quota, to look at; of one sync only that one. It ends by itself, and with the key that it was made with.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["BrowserTokenRequestInput"];
                };
            };
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BrowserToken"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connect-links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a link by which a person connects a mailbox
         * @description Send the person's browser to `url` within 15 minutes. It goes to the provider's consent page, then to `returnUrl`, and the mailbox is connected and its first sync asked for; a mailbox that the tenant has already is connected again. What a browser brings to `returnUrl` anybody could write there: keep the link's `id` in the person's session, ask `GET /v1/connect-links/{id}` which account it has connected, and compare its `receipt` with the one in the query.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ConnectLinkRequestInput"];
                };
            };
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["NewConnectLink"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/connect-links/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What came of a link
         * @description Kept until a day after the link has expired.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConnectLink"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Messages that were set aside, newest first */
        get: {
            parameters: {
                query?: {
                    /** @description A connected mailbox's id */
                    accountId?: string;
                    category?: "rate_limited" | "transient" | "token_expired" | "consent_lost" | "gone" | "watermark_expired" | "bad_item" | "unknown" | "crash_loop";
                    chunkIndex?: number;
                    /** @description `nextCursor` of the page before; absent: the first page */
                    cursor?: string;
                    /** @description Items a page, 200 at most */
                    limit?: number;
                    /** @description chunk: its whole chunk was set aside; message: it alone */
                    scope?: "chunk" | "message";
                    /** @description open: waits for somebody; redriving: is tried again; resolved: its mail is here, or gone; discarded: nobody wants it any more */
                    state?: "open" | "redriving" | "resolved" | "discarded";
                    /** @description A sync's id */
                    syncId?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["DeadLetter"][];
                            /** @description Ask for the next page with it; null: this is the last one */
                            nextCursor: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One dead letter, with its reason */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A dead letter's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DeadLetter"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /**
         * Discard a dead letter
         * @description Nobody wants its message any more. It stays in the sync's ledger as dead-lettered, and the sync stays partial. One that is resolved is 409: its message is here, or gone.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A dead letter's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It is discarded, or was before */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/{id}/raw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The bytes that were fetched of a dead letter */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A dead letter's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description What was fetched */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/{id}/redrive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try a dead letter again
         * @description Its message is fetched again with a new budget, whatever became of its sync. One that is redriven already is put back once more, which does no harm; one that is settled is 409.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A dead letter's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Redriven"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/dead-letters/redrive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try dead letters again, by filter
         * @description The open ones that match, or with `state` those that are redriven already. Takes 100000 at most; ask again for more. A partial sync completes when its last dead letter has found its mail.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RedriveRequestInput"];
                };
            };
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Redriven"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happened to the tenant's accounts, newest first
         * @description Requests that could not be understood are here, as `request.rejected`. With an operator's key: what is no tenant's, such as the content that retention has removed (`blobs.removed`), which is there once, whoever has had it.
         */
        get: {
            parameters: {
                query?: {
                    /** @description A connected mailbox's id */
                    accountId?: string;
                    /** @description `nextCursor` of the page before; absent: the first page */
                    cursor?: string;
                    /** @description true: pages with all their message ids, not only their number */
                    ids?: "true" | "false";
                    /** @description Items a page, 500 at most */
                    limit?: number;
                    /** @description Only facts that name this content, as `blobs.removed` does (operator) */
                    sha256?: string;
                    type?: "sync.started" | "sync.coalesced" | "sync.queued" | "sync.paused" | "sync.resumed" | "sync.cancelled" | "sync.completed" | "sync.failed" | "sync.rebased" | "account.reconnected" | "account.restored" | "account.consent_ending" | "account.removal_requested" | "account.removed" | "labels.removed" | "page.listed" | "chunk.fetched" | "chunk.dead_lettered" | "chunk.abandoned" | "chunk.attempt_failed" | "page.attempt_failed" | "dead_letters.redriven" | "dead_letters.settled" | "dead_letters.refused" | "dead_letters.superseded" | "dead_letters.forgotten" | "sync.stalled" | "request.republished" | "request.rejected" | "messages.removed" | "syncs.forgotten" | "retention.ran" | "blobs.removed" | "account.verified" | "watch.renewed" | "watch.lapsed" | "watch.failed";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["Event"][];
                            /** @description Ask for the next page with it; null: this is the last one */
                            nextCursor: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happens to the tenant's accounts, live
         * @description Server-sent events `fact`, as GET /v1/events shows them, in the order in which they were projected: from now on, or from the Last-Event-ID on, however long ago that was.
         */
        get: {
            parameters: {
                query?: {
                    /** @description A connected mailbox's id */
                    accountId?: string;
                    /** @description Its own facts, and those of its account that name it */
                    syncId?: string;
                    type?: "sync.started" | "sync.coalesced" | "sync.queued" | "sync.paused" | "sync.resumed" | "sync.cancelled" | "sync.completed" | "sync.failed" | "sync.rebased" | "account.reconnected" | "account.restored" | "account.consent_ending" | "account.removal_requested" | "account.removed" | "labels.removed" | "page.listed" | "chunk.fetched" | "chunk.dead_lettered" | "chunk.abandoned" | "chunk.attempt_failed" | "page.attempt_failed" | "dead_letters.redriven" | "dead_letters.settled" | "dead_letters.refused" | "dead_letters.superseded" | "dead_letters.forgotten" | "sync.stalled" | "request.republished" | "request.rejected" | "messages.removed" | "syncs.forgotten" | "retention.ran" | "blobs.removed" | "account.verified" | "watch.renewed" | "watch.lapsed" | "watch.failed";
                };
                header?: {
                    /** @description The id of the last event that was seen: only what is newer is sent */
                    "last-event-id"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Events `fact`, whose id is the version; comments as heartbeats */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/forecasts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How large what keeps data is, and when it is full
         * @description The janitor notes the sizes of the database and of the broker's streams hour by hour; the forecast is the line through those of up to 28 days. There is none before two days.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["Forecast"][];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** API keys, revoked ones included, by their ids */
        get: {
            parameters: {
                query?: {
                    /** @description `nextCursor` of the page before; absent: the first page */
                    cursor?: string;
                    /** @description Items a page, 200 at most */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["ApiKey"][];
                            /** @description Ask for the next page with it; null: this is the last one */
                            nextCursor: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        /**
         * Make an API key
         * @description The key is in the answer, and nowhere else: only its hash is kept.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ApiKeyRequestInput"];
                };
            };
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["NewApiKey"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{keyId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke an API key, and the browser tokens that were made with it */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    keyId: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ApiKey"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{keyId}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a key's successor, with an overlap
         * @description It has the same name and scopes. The old one goes on for `overlapSeconds`, then it ends.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    keyId: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RotationRequestInput"];
                };
            };
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["NewApiKey"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whose key or token this is */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Me"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One message, with its headers, bodies and the names of its attachments */
        get: {
            parameters: {
                query?: {
                    /** @description true: also messages that are deleted, until retention removes them */
                    includeDeleted?: "true" | "false";
                };
                header?: never;
                path: {
                    /** @description A stored message's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Message"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/{id}/attachments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A message's attachments, in its order */
        get: {
            parameters: {
                query?: {
                    /** @description true: also messages that are deleted, until retention removes them */
                    includeDeleted?: "true" | "false";
                };
                header?: never;
                path: {
                    /** @description A stored message's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["Attachment"][];
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/{id}/attachments/{aid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * An attachment's content
         * @description What is kept is served with ranges and an entity tag. What is not is fetched first: accounts with attachments "lazy" or "eager" keep it; with "metadata" it is passed through from the provider as it comes, whole.
         */
        get: {
            parameters: {
                query?: {
                    /** @description true: also messages that are deleted, until retention removes them */
                    includeDeleted?: "true" | "false";
                };
                header?: {
                    "if-match"?: string;
                    "if-none-match"?: string;
                    "if-range"?: string;
                    /** @description One range of bytes; served of content that is kept */
                    range?: string;
                };
                path: {
                    /** @description The attachment's id, as the list has it */
                    aid: string;
                    /** @description A stored message's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The content */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": string;
                    };
                };
                /** @description The range of it that was asked for */
                206: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": string;
                    };
                };
                /** @description It is the one that If-None-Match names */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/{id}/html": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A message as a page that is safe to be looked at
         * @description Cleaned of scripts, forms, frames and style sheets, and served so that nothing of it can run. Pictures from elsewhere are left out, because to ask for them tells the sender that the mail is read.
         */
        get: {
            parameters: {
                query?: {
                    /** @description remote: also pictures from elsewhere */
                    images?: "none" | "remote";
                    /** @description true: also messages that are deleted, until retention removes them */
                    includeDeleted?: "true" | "false";
                };
                header?: never;
                path: {
                    /** @description A stored message's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The page */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/html": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/{id}/raw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A message's exact bytes */
        get: {
            parameters: {
                query?: {
                    /** @description true: also messages that are deleted, until retention removes them */
                    includeDeleted?: "true" | "false";
                };
                header?: never;
                path: {
                    /** @description A stored message's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description The message as it was sent */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "message/rfc822": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/oauth/google/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Take the answer of Google's consent page
         * @description Register this address with the OAuth client. Open to the browser that began, and to no other.
         */
        get: {
            parameters: {
                query: {
                    code?: string;
                    error?: string;
                    state: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description To the link's return address */
                303: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/oauth/google/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Send a browser to Google's consent page
         * @description The `url` of a link leads here. Open to whoever has it.
         */
        get: {
            parameters: {
                query: {
                    link: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description To the consent page */
                303: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How things are now: syncs, queue, accounts, quota
         * @description An operator's key asks of all tenants together.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Overview"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/overview/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How things are, live
         * @description Server-sent events: the overview at once, then when something has changed, at most once a second; every five seconds in any case. Each stands for itself, so there is nothing to resume.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Events `overview`, whose data is the overview; comments as heartbeats */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/retention/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Have what has had its time removed now
         * @description 202: the janitor does it within seconds, one run after the other; `GET /v1/retention/runs` tells what came of it. A tenant's key has it done for the tenant, an operator's for everybody. Where a run waits that does the same (task, tenant, `dryRun`), the answer names that one, with who asked for it, and no other is made. Those of tenants are taken in turn. 403 `forbidden`: a tenant's key names a task that is about no single tenant (`blobs`, `retention-runs`); without a task they are left out.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RetentionRequestInput"];
                };
            };
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            runs: components["schemas"]["RetentionRun"][];
                        };
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/retention/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What retention has removed, the newest run first
         * @description A tenant sees the runs that it has asked for, and those of schedules and of operators that have removed something of it, with what that was.
         */
        get: {
            parameters: {
                query?: {
                    /** @description `nextCursor` of the page before; absent: the first page */
                    cursor?: string;
                    /** @description false: without completed runs that found nothing: for an operator all but the newest that was asked for, for a tenant dry runs */
                    includeEmpty?: "true" | "false";
                    /** @description Items a page, 200 at most */
                    limit?: number;
                    /** @description stopped: the janitor was told to end; what is left comes with the next run */
                    state?: "requested" | "running" | "completed" | "failed" | "stopped";
                    /** @description messages: deleted in the mailbox long ago; syncs: with their chunks, facts and dead letters; dead-letters: settled long ago, and open ones that nobody has wanted for long; blobs: content that no message carries; traces: what keeps late answers from bringing back what is gone; requests: that became no sync; idempotency-keys: what they name is forgotten; api-keys: that ended before the audit trail begins; removed-accounts: what remained of them; notes: facts about accounts; the others: what they are called */
                    task?: "messages" | "syncs" | "dead-letters" | "blobs" | "traces" | "requests" | "idempotency-keys" | "browser-tokens" | "api-keys" | "verifications" | "notes" | "removed-accounts" | "audit-entries" | "webhook-deliveries" | "connect-links" | "activity" | "retention-runs";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["RetentionRun"][];
                            /** @description Ask for the next page with it; null: this is the last one */
                            nextCursor: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The progress of all the tenant's syncs, live
         * @description Server-sent events: the syncs that run or have just ended, then each change.
         */
        get: {
            parameters: {
                query?: {
                    /** @description A browser token (mrb_…), where headers cannot be set */
                    access_token?: string;
                };
                header?: {
                    /** @description The id of the last event that was seen: only what is newer is sent */
                    "last-event-id"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Events `sync`, whose id is the version and whose data is the sync; comments as heartbeats */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/syncs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Syncs, newest first
         * @description Pushes of a mailbox that changes a lot are coalesced by the hundred: those are listed with `status=coalesced` only.
         */
        get: {
            parameters: {
                query?: {
                    /** @description A connected mailbox's id */
                    accountId?: string;
                    /** @description `nextCursor` of the page before; absent: the first page */
                    cursor?: string;
                    /** @description Items a page, 200 at most */
                    limit?: number;
                    /** @description requested: accepted, not begun; queued: waits for the account's active sync; paused: see `paused`; partial: complete but for dead letters, which can be redriven; coalesced: another sync covers it */
                    status?: "requested" | "queued" | "running" | "paused" | "completed" | "partial" | "failed" | "cancelled" | "coalesced";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["Sync"][];
                            /** @description Ask for the next page with it; null: this is the last one */
                            nextCursor: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        /**
         * Ask for a sync
         * @description Answers when the request is safe in the broker. Follow `links.stream` to watch it.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description The same key and body again name the same sync, for 30 days; another body is a problem */
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SyncRequestInput"];
                };
            };
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SyncAccepted"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/syncs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One sync, with its progress and its ledger */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A sync's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Sync"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/syncs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a sync
         * @description It ends where it is; what is stored stays. Cancelling twice is cancelling once.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A sync's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SyncControl"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/syncs/{id}/chunks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A sync's chunks, in order */
        get: {
            parameters: {
                query?: {
                    /** @description `nextCursor` of the page before; absent: the first page */
                    cursor?: string;
                    /** @description Items a page, 500 at most */
                    limit?: number;
                };
                header?: never;
                path: {
                    /** @description A sync's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["Chunk"][];
                            /** @description Ask for the next page with it; null: this is the last one */
                            nextCursor: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/syncs/{id}/chunks/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The states of a sync's chunks, live
         * @description Server-sent events `chunks`. `{ version, from: 0, states }` has a letter a chunk, by index, and takes the place of all that was known: l listed, o outstanding, f outstanding after an attempt that failed, s settled, d set aside. `{ version, changed: [[index, letter], …] }` has those that may have changed, new ones as well. Then `end` when the sync has ended.
         */
        get: {
            parameters: {
                query?: {
                    /** @description A browser token (mrb_…), where headers cannot be set */
                    access_token?: string;
                };
                header?: {
                    /** @description The id of the last event that was seen: only what is newer is sent */
                    "last-event-id"?: string;
                };
                path: {
                    /** @description A sync's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Events `chunks`, whose id is the sync's version, and `end`; comments as heartbeats */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/syncs/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A sync's audit trail, oldest first */
        get: {
            parameters: {
                query?: {
                    /** @description `nextCursor` of the page before; absent: the first page */
                    cursor?: string;
                    /** @description true: pages with all their message ids, not only their number */
                    ids?: "true" | "false";
                    /** @description Items a page, 500 at most */
                    limit?: number;
                };
                header?: never;
                path: {
                    /** @description A sync's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["Event"][];
                            /** @description Ask for the next page with it; null: this is the last one */
                            nextCursor: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/syncs/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause a sync
         * @description Nothing of it is worked on, within one chunk, until it is resumed; the account's other syncs go on. Connecting the mailbox again does not resume it. Pausing twice is pausing once.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A sync's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SyncControl"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/syncs/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume a sync
         * @description Plans what is outstanding, and nothing else. When the provider had refused the mailbox, it is asked again, for all of the account's syncs; if it still refuses, they pause again. Resuming one that runs changes nothing.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A sync's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SyncControl"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/syncs/{id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try a sync again
         * @description What that means depends on its state. paused: it resumes; running: all that is outstanding is planned anew at once, without the waits it is in; partial: its open dead letters are redriven; failed or cancelled: a new sync of the same scope is asked for, whose id is answered, and which fetches only what is not stored yet; requested: its request is published again. One that completed or was coalesced is refused.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A sync's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SyncControl"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/syncs/{id}/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A sync's progress, live
         * @description Server-sent events: its state, then each change, then `end` when it has ended.
         */
        get: {
            parameters: {
                query?: {
                    /** @description A browser token (mrb_…), where headers cannot be set */
                    access_token?: string;
                };
                header?: {
                    /** @description The id of the last event that was seen: only what is newer is sent */
                    "last-event-id"?: string;
                };
                path: {
                    /** @description A sync's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Events `sync`, whose id is the version and whose data is the sync, and `end`; comments as heartbeats */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenant": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The tenant of this key */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Tenant"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change the tenant of this key */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["OwnTenantChangeInput"];
                };
            };
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Tenant"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/v1/tenants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All tenants, by their ids, and how their syncs are doing */
        get: {
            parameters: {
                query?: {
                    /** @description `nextCursor` of the page before; absent: the first page */
                    cursor?: string;
                    /** @description Only tenants that have such a thing now; waiting: requested or queued; failed: within a day; reconnect: mailboxes to be connected again; trouble: failing, failed, dead_letters or reconnect */
                    having?: "trouble" | "waiting" | "running" | "paused" | "failing" | "failed" | "dead_letters" | "reconnect";
                    /** @description Items a page, 200 at most */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["TenantWithHealth"][];
                            /** @description Ask for the next page with it; null: this is the last one */
                            nextCursor: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        /**
         * Create a tenant
         * @description It has no keys yet: POST /v1/tenants/{tenantId}/keys makes the first one.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["TenantRequestInput"];
                };
            };
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Tenant"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenantId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One tenant, and how its syncs are doing */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A tenant's id */
                    tenantId: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TenantWithHealth"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change a tenant
         * @description A higher cap of running syncs lets those that wait begin within seconds.
         */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A tenant's id */
                    tenantId: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["TenantChangeInput"];
                };
            };
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Tenant"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/v1/tenants/{tenantId}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who has asked for what was done, newest first (operator)
         * @description Requests that change something, and exports. What came of them to mailboxes is in `/v1/events`.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Only of this key */
                    actorId?: string;
                    /** @description `nextCursor` of the page before; absent: the first page */
                    cursor?: string;
                    /** @description Items a page, 500 at most */
                    limit?: number;
                };
                header?: never;
                path: {
                    /** @description A tenant's id */
                    tenantId: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["AuditEntry"][];
                            /** @description Ask for the next page with it; null: this is the last one */
                            nextCursor: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenantId}/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** API keys, revoked ones included, by their ids (operator) */
        get: {
            parameters: {
                query?: {
                    /** @description `nextCursor` of the page before; absent: the first page */
                    cursor?: string;
                    /** @description Items a page, 200 at most */
                    limit?: number;
                };
                header?: never;
                path: {
                    /** @description A tenant's id */
                    tenantId: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["ApiKey"][];
                            /** @description Ask for the next page with it; null: this is the last one */
                            nextCursor: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        /**
         * Make an API key (operator)
         * @description The key is in the answer, and nowhere else: only its hash is kept.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A tenant's id */
                    tenantId: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ApiKeyRequestInput"];
                };
            };
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["NewApiKey"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenantId}/keys/{keyId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke an API key, and the browser tokens that were made with it (operator) */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    keyId: string;
                    /** @description A tenant's id */
                    tenantId: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ApiKey"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenantId}/keys/{keyId}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a key's successor, with an overlap (operator)
         * @description It has the same name and scopes. The old one goes on for `overlapSeconds`, then it ends.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    keyId: string;
                    /** @description A tenant's id */
                    tenantId: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RotationRequestInput"];
                };
            };
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["NewApiKey"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Webhook endpoints, in the order in which they were made */
        get: {
            parameters: {
                query?: {
                    /** @description `nextCursor` of the page before; absent: the first page */
                    cursor?: string;
                    /** @description Items a page, 100 at most */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["WebhookEndpoint"][];
                            /** @description Ask for the next page with it; null: this is the last one */
                            nextCursor: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        /**
         * Be told over HTTP of what happens
         * @description From now on, messages of the types in `events` are posted to `url`, signed as Standard Webhooks asks for it with the `secret` of the answer, which is shown this once. A message may come twice, under the same `webhook-id`, and in any order.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["WebhookEndpointRequestInput"];
                };
            };
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["NewWebhookEndpoint"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One webhook endpoint, and how it fares */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A webhook endpoint's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WebhookEndpoint"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /**
         * Delete a webhook endpoint
         * @description With its deliveries. What is on its way at this moment may still arrive.
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A webhook endpoint's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description It is deleted */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        /**
         * Change a webhook endpoint
         * @description What is not named stays as it is. While an endpoint is disabled, what it misses is kept as `skipped`; a replay sends it. Enabling it, or another `url`, has it tried at once.
         */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A webhook endpoint's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["WebhookEndpointChangeInput"];
                };
            };
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WebhookEndpoint"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/v1/webhook-endpoints/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What an endpoint was told, and what became of it, newest first
         * @description Kept for 30 days unless the operator says otherwise.
         */
        get: {
            parameters: {
                query?: {
                    /** @description `nextCursor` of the page before; absent: the first page */
                    cursor?: string;
                    /** @description Items a page, 200 at most */
                    limit?: number;
                    /** @description pending: it is tried; delivered: a 2xx came; exhausted: it was given up after three days, or a 410; skipped: the endpoint was disabled */
                    state?: "pending" | "delivered" | "exhausted" | "skipped";
                };
                header?: never;
                path: {
                    /** @description A webhook endpoint's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["WebhookDelivery"][];
                            /** @description Ask for the next page with it; null: this is the last one */
                            nextCursor: string | null;
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints/{id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send messages again
         * @description One message, or all of the endpoint since a time: delivered ones, given up ones, and those that it missed while it was disabled. They have the same ids and bodies as before.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A webhook endpoint's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["WebhookReplayRequestInput"];
                };
            };
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WebhookReplay"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints/{id}/secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace the signing secret
         * @description For 24 hours messages bear two signatures, with the new secret and the one before, so that no receiver has to change at the same moment. The one before that ends at once: rotate twice to be rid of a secret that has leaked.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A webhook endpoint's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RotatedWebhookSecret"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-endpoints/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a message of type webhook.test
         * @description It is sent, and tried again, as any other is; the endpoint's deliveries show what came of it.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description A webhook endpoint's id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["WebhookTest"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/gmail": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a notification of Gmail, through Pub/Sub
         * @description For a push subscription with authentication: the bearer token is Google's, of the configured audience and service account. Each account that has the mailbox, and has not got so far, is synced.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PushRequestInput"];
                };
            };
            responses: {
                /** @description A problem of the request */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description A problem of ours */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
                /** @description Taken, or of no mailbox of ours */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface webhooks {
    "account.consent_ending": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The consent to a mailbox ends within three days: let its owner connect it again before */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description Names the message: what comes twice has the same one */
                    "webhook-id": string;
                    /** @description `v1,<base64>`, HMAC-SHA-256 of `<id>.<timestamp>.<body>`; several, separated by spaces, after a rotation */
                    "webhook-signature": string;
                    /** @description When this attempt was made, in seconds since 1970 */
                    "webhook-timestamp": string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        data: {
                            /** @description A connected mailbox's id */
                            accountId: string;
                            /**
                             * Format: date-time
                             * @description From then on the mailbox cannot be read, unless it is connected again
                             */
                            endsAt: string;
                        };
                        /**
                         * Format: date-time
                         * @description When it happened; the same each time that it is sent
                         */
                        timestamp: string;
                        /** @constant */
                        type: "account.consent_ending";
                        /**
                         * @description Of the form of `data`
                         * @constant
                         */
                        version: 1;
                    };
                };
            };
            responses: {
                /** @description Taken. Anything else is tried again, for three days */
                "2XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Nothing is wanted here any more: the endpoint is disabled */
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "account.drift_repeated": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A copy has differed from its mailbox again, although what differed before was taken in. What differs is taken in once more; somebody should look why */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description Names the message: what comes twice has the same one */
                    "webhook-id": string;
                    /** @description `v1,<base64>`, HMAC-SHA-256 of `<id>.<timestamp>.<body>`; several, separated by spaces, after a rotation */
                    "webhook-signature": string;
                    /** @description When this attempt was made, in seconds since 1970 */
                    "webhook-timestamp": string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        data: {
                            /** @description A connected mailbox's id */
                            accountId: string;
                            /** @description Both have them, with other labels */
                            changed: number;
                            /** @description Comparisons in a row that found differences, although those before were taken in; 2 or more */
                            driftsInRow: number;
                            /** @description The copy had them, the provider has not */
                            extra: number;
                            /** @description The provider has them, the copy had not */
                            missing: number;
                            /** @description A sync's id */
                            verificationId: string;
                        };
                        /**
                         * Format: date-time
                         * @description When it happened; the same each time that it is sent
                         */
                        timestamp: string;
                        /** @constant */
                        type: "account.drift_repeated";
                        /**
                         * @description Of the form of `data`
                         * @constant
                         */
                        version: 1;
                    };
                };
            };
            responses: {
                /** @description Taken. Anything else is tried again, for three days */
                "2XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Nothing is wanted here any more: the endpoint is disabled */
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "account.reauth_required": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A mailbox has to be connected again */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description Names the message: what comes twice has the same one */
                    "webhook-id": string;
                    /** @description `v1,<base64>`, HMAC-SHA-256 of `<id>.<timestamp>.<body>`; several, separated by spaces, after a rotation */
                    "webhook-signature": string;
                    /** @description When this attempt was made, in seconds since 1970 */
                    "webhook-timestamp": string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        data: {
                            /** @description A connected mailbox's id */
                            accountId: string;
                            /** @description What the provider said; told once each time that consent is lost */
                            message: string;
                        };
                        /**
                         * Format: date-time
                         * @description When it happened; the same each time that it is sent
                         */
                        timestamp: string;
                        /** @constant */
                        type: "account.reauth_required";
                        /**
                         * @description Of the form of `data`
                         * @constant
                         */
                        version: 1;
                    };
                };
            };
            responses: {
                /** @description Taken. Anything else is tried again, for three days */
                "2XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Nothing is wanted here any more: the endpoint is disabled */
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "mail.changed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Mail has come, changed or gone. Of a full sync only the newest messages are told of: read the others when it has completed */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description Names the message: what comes twice has the same one */
                    "webhook-id": string;
                    /** @description `v1,<base64>`, HMAC-SHA-256 of `<id>.<timestamp>.<body>`; several, separated by spaces, after a rotation */
                    "webhook-signature": string;
                    /** @description When this attempt was made, in seconds since 1970 */
                    "webhook-timestamp": string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        data: {
                            /** @description A connected mailbox's id */
                            accountId: string;
                            /** @description The provider's ids of messages that are new, or shown again */
                            added: string[];
                            /** @description Of messages that differ, in their labels say */
                            changed: string[];
                            counts: {
                                added: number;
                                changed: number;
                                deleted: number;
                            };
                            /** @description Of messages that were deleted, or are in trash or spam */
                            deleted: string[];
                            /** @description A sync's id */
                            syncId: string;
                            /** @description Not all ids found room; the counts are whole */
                            truncated: boolean;
                        };
                        /**
                         * Format: date-time
                         * @description When it happened; the same each time that it is sent
                         */
                        timestamp: string;
                        /** @constant */
                        type: "mail.changed";
                        /**
                         * @description Of the form of `data`
                         * @constant
                         */
                        version: 1;
                    };
                };
            };
            responses: {
                /** @description Taken. Anything else is tried again, for three days */
                "2XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Nothing is wanted here any more: the endpoint is disabled */
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "sync.completed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A sync has ended, and its ledger balances */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description Names the message: what comes twice has the same one */
                    "webhook-id": string;
                    /** @description `v1,<base64>`, HMAC-SHA-256 of `<id>.<timestamp>.<body>`; several, separated by spaces, after a rotation */
                    "webhook-signature": string;
                    /** @description When this attempt was made, in seconds since 1970 */
                    "webhook-timestamp": string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        data: {
                            /** @description A connected mailbox's id */
                            accountId: string;
                            ledger: {
                                /** @description Set aside with a reason, to be looked at */
                                deadLettered: number;
                                /** @description Vanished between being listed and being fetched */
                                gone: number;
                                /** @description Message ids that the provider listed */
                                listed: number;
                                /** @description Fetched and written by this sync */
                                stored: number;
                                /** @description Already there, or listed before and set aside: nothing to do */
                                unchanged: number;
                            };
                            /**
                             * @description partial: some messages are dead letters
                             * @enum {string}
                             */
                            status: "completed" | "partial";
                            /** @description A sync's id */
                            syncId: string;
                        };
                        /**
                         * Format: date-time
                         * @description When it happened; the same each time that it is sent
                         */
                        timestamp: string;
                        /** @constant */
                        type: "sync.completed";
                        /**
                         * @description Of the form of `data`
                         * @constant
                         */
                        version: 1;
                    };
                };
            };
            responses: {
                /** @description Taken. Anything else is tried again, for three days */
                "2XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Nothing is wanted here any more: the endpoint is disabled */
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "sync.failed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A sync has ended without its work, for a reason that waiting cannot mend */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description Names the message: what comes twice has the same one */
                    "webhook-id": string;
                    /** @description `v1,<base64>`, HMAC-SHA-256 of `<id>.<timestamp>.<body>`; several, separated by spaces, after a rotation */
                    "webhook-signature": string;
                    /** @description When this attempt was made, in seconds since 1970 */
                    "webhook-timestamp": string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        data: {
                            /** @description A connected mailbox's id */
                            accountId: string;
                            category: string;
                            message: string;
                            /** @description A sync's id */
                            syncId: string;
                        };
                        /**
                         * Format: date-time
                         * @description When it happened; the same each time that it is sent
                         */
                        timestamp: string;
                        /** @constant */
                        type: "sync.failed";
                        /**
                         * @description Of the form of `data`
                         * @constant
                         */
                        version: 1;
                    };
                };
            };
            responses: {
                /** @description Taken. Anything else is tried again, for three days */
                "2XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Nothing is wanted here any more: the endpoint is disabled */
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "webhook.test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Somebody wants to see whether messages arrive */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description Names the message: what comes twice has the same one */
                    "webhook-id": string;
                    /** @description `v1,<base64>`, HMAC-SHA-256 of `<id>.<timestamp>.<body>`; several, separated by spaces, after a rotation */
                    "webhook-signature": string;
                    /** @description When this attempt was made, in seconds since 1970 */
                    "webhook-timestamp": string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        data: {
                            /** @description A webhook endpoint's id */
                            endpointId: string;
                        };
                        /**
                         * Format: date-time
                         * @description When it happened; the same each time that it is sent
                         */
                        timestamp: string;
                        /** @constant */
                        type: "webhook.test";
                        /**
                         * @description Of the form of `data`
                         * @constant
                         */
                        version: 1;
                    };
                };
            };
            responses: {
                /** @description Taken. Anything else is tried again, for three days */
                "2XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description Nothing is wanted here any more: the endpoint is disabled */
                410: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface components {
    schemas: {
        /** @description A connected mailbox. Its credentials are never shown. */
        Account: {
            activeSyncId: string | null;
            /**
             * @description metadata: names and sizes, content is passed through from the provider when it is asked for; lazy: content is kept once it was asked for; eager: syncs fetch and keep it
             * @enum {string}
             */
            attachments: "metadata" | "lazy" | "eager";
            /** @description When the provider takes its consent back by itself, as it said when the mailbox was connected: connect it again before; null: no end is known */
            consentEndsAt: string | null;
            /**
             * @description metadata: headers only; full: parsed message; raw: the exact bytes as well
             * @enum {string}
             */
            content: "metadata" | "full" | "raw";
            /** Format: date-time */
            createdAt: string;
            email: string;
            /** @description A legal hold: nothing of it is removed by age while it lasts */
            hold: {
                reason: string;
                /** Format: date-time */
                since: string;
            } | null;
            /** @description A connected mailbox's id */
            id: string;
            /** @description When the schedule looked last, whether that took a sync or not */
            lastRunAt: string | null;
            lastSyncedAt: string | null;
            /** @description The newest sync that was completed */
            lastSyncId: string | null;
            /** @description When the schedule looks the next time; null: never */
            nextRunAt: string | null;
            /** @constant */
            provider: "gmail";
            /** @description Since when the mailbox has to be connected again, and what the provider said */
            reauth: {
                message: string;
                /** Format: date-time */
                since: string;
            } | null;
            /** @description adaptive: soon after changes, seldom while there are none, once the account has a copy; interval: the first time at random within it, so that accounts spread; none: only when somebody asks */
            schedule: {
                /** @constant */
                kind: "adaptive";
                /**
                 * @description auto: incremental when the account has a watermark that the provider still knows, else full
                 * @default auto
                 * @enum {string}
                 */
                mode: "auto" | "full" | "incremental";
            } | {
                /** @constant */
                kind: "interval";
                /**
                 * @description auto: incremental when the account has a watermark that the provider still knows, else full
                 * @default auto
                 * @enum {string}
                 */
                mode: "auto" | "full" | "incremental";
                /** @description From one planned time to the next */
                seconds: number;
            } | {
                /** @description Minute, hour, day of the month, month, day of the week */
                expression: string;
                /** @constant */
                kind: "cron";
                /**
                 * @description auto: incremental when the account has a watermark that the provider still knows, else full
                 * @default auto
                 * @enum {string}
                 */
                mode: "auto" | "full" | "incremental";
                /**
                 * @description IANA name: Europe/Berlin
                 * @default UTC
                 */
                timeZone: string;
            } | {
                /** @constant */
                kind: "none";
                /**
                 * @description auto: incremental when the account has a watermark that the provider still knows, else full
                 * @default auto
                 * @enum {string}
                 */
                mode: "auto" | "full" | "incremental";
            };
            /**
             * @description reauth_required: the provider refuses the mailbox, its syncs pause; connect it again. removing: its removal was asked for, nothing of its mail can be read any more
             * @enum {string}
             */
            status: "connected" | "reauth_required" | "removing";
            /** @description Whether the copy is what the mailbox is */
            verification: {
                /** @description What it found, of all kinds together */
                differences: number | null;
                /** @description In so many comparisons in a row there were differences, although those before were taken in. From 2 on somebody should look why */
                driftsInRow: number;
                /** @description When it was compared last, and came to its end */
                lastAt: string | null;
                /** @description That comparison */
                lastId: string | null;
                /** @description When the mailbox is compared with the store by itself the next time; null: not by itself */
                nextAt: string | null;
            };
            /** @description Whether the provider tells of the mailbox's changes; null: it is not asked to */
            watch: {
                /** @description When it ends unless it is renewed; null: it is not set yet */
                expiresAt: string | null;
                /** @description Since when the provider has told nothing of the mailbox, although it should have: the watch has ended, or a poll found what nobody had told of. Polls find changes meanwhile */
                lapsedSince: string | null;
            } | null;
            /** @description The provider's cursor up to which the copy is complete */
            watermark: string | null;
        };
        AccountChangeInput: {
            /**
             * @description metadata: names and sizes, content is passed through from the provider when it is asked for; lazy: content is kept once it was asked for; eager: syncs fetch and keep it
             * @enum {string}
             */
            attachments?: "metadata" | "lazy" | "eager";
            /** @description adaptive: soon after changes, seldom while there are none, once the account has a copy; interval: the first time at random within it, so that accounts spread; none: only when somebody asks */
            schedule?: {
                /** @constant */
                kind: "adaptive";
                /**
                 * @description auto: incremental when the account has a watermark that the provider still knows, else full
                 * @default auto
                 * @enum {string}
                 */
                mode?: "auto" | "full" | "incremental";
            } | {
                /** @constant */
                kind: "interval";
                /**
                 * @description auto: incremental when the account has a watermark that the provider still knows, else full
                 * @default auto
                 * @enum {string}
                 */
                mode?: "auto" | "full" | "incremental";
                /** @description From one planned time to the next */
                seconds: number;
            } | {
                /** @description Minute, hour, day of the month, month, day of the week */
                expression: string;
                /** @constant */
                kind: "cron";
                /**
                 * @description auto: incremental when the account has a watermark that the provider still knows, else full
                 * @default auto
                 * @enum {string}
                 */
                mode?: "auto" | "full" | "incremental";
                /**
                 * @description IANA name: Europe/Berlin
                 * @default UTC
                 */
                timeZone?: string;
            } | {
                /** @constant */
                kind: "none";
                /**
                 * @description auto: incremental when the account has a watermark that the provider still knows, else full
                 * @default auto
                 * @enum {string}
                 */
                mode?: "auto" | "full" | "incremental";
            };
        };
        AccountRequestInput: {
            /**
             * @description metadata: names and sizes, content is passed through from the provider when it is asked for; lazy: content is kept once it was asked for; eager: syncs fetch and keep it
             * @default metadata
             * @enum {string}
             */
            attachments?: "metadata" | "lazy" | "eager";
            /**
             * @description true: the provider is asked first whether the credentials open the mailbox, and nothing is stored when they do not; false: that shows in the first sync
             * @default false
             */
            check?: boolean;
            /**
             * @description metadata: headers only; full: parsed message; raw: the exact bytes as well
             * @default full
             * @enum {string}
             */
            content?: "metadata" | "full" | "raw";
            /** @description Kept encrypted, and never shown again */
            credentials: {
                /** @description Google's OAuth 2.0 refresh token */
                refreshToken: string;
            };
            email: string;
            /** @constant */
            provider: "gmail";
            /**
             * @description adaptive: soon after changes, seldom while there are none, once the account has a copy; interval: the first time at random within it, so that accounts spread; none: only when somebody asks
             * @default {
             *       "kind": "adaptive",
             *       "mode": "auto"
             *     }
             */
            schedule?: {
                /** @constant */
                kind: "adaptive";
                /**
                 * @description auto: incremental when the account has a watermark that the provider still knows, else full
                 * @default auto
                 * @enum {string}
                 */
                mode?: "auto" | "full" | "incremental";
            } | {
                /** @constant */
                kind: "interval";
                /**
                 * @description auto: incremental when the account has a watermark that the provider still knows, else full
                 * @default auto
                 * @enum {string}
                 */
                mode?: "auto" | "full" | "incremental";
                /** @description From one planned time to the next */
                seconds: number;
            } | {
                /** @description Minute, hour, day of the month, month, day of the week */
                expression: string;
                /** @constant */
                kind: "cron";
                /**
                 * @description auto: incremental when the account has a watermark that the provider still knows, else full
                 * @default auto
                 * @enum {string}
                 */
                mode?: "auto" | "full" | "incremental";
                /**
                 * @description IANA name: Europe/Berlin
                 * @default UTC
                 */
                timeZone?: string;
            } | {
                /** @constant */
                kind: "none";
                /**
                 * @description auto: incremental when the account has a watermark that the provider still knows, else full
                 * @default auto
                 * @enum {string}
                 */
                mode?: "auto" | "full" | "incremental";
            };
        };
        /** @description What happened, point by point, oldest first */
        Activity: {
            points: {
                /**
                 * Format: date-time
                 * @description When it begins
                 */
                at: string;
                /** @description Messages that were set aside */
                deadLettered: number;
                /** @description By category: attempts that failed, and messages that were set aside one by one. An attempt that was told to wait (`rate_limited`) is among them, although nothing is wrong */
                failures: {
                    [key: string]: number;
                };
                /** @description Messages that were settled: stored, known already, gone, or set aside */
                messages: number;
                /** @description Those that left dead letters as well */
                syncsCompleted: number;
                syncsFailed: number;
                syncsStarted: number;
            }[];
            /** @description What a point stands for */
            stepSeconds: number;
        };
        /** @description A key of a tenant. The key itself is shown once, when it is made. */
        ApiKey: {
            /** Format: date-time */
            createdAt: string;
            expiresAt: string | null;
            /** @description Its first characters */
            hint: string | null;
            id: string;
            /** @description To the minute */
            lastUsedAt: string | null;
            name: string;
            /** @description The key that it was made to follow */
            replaces: string | null;
            revokedAt: string | null;
            /** @description read: look; write: connect, sync, control; admin: keys, settings */
            scopes: ("read" | "write" | "admin")[];
        };
        ApiKeyRequestInput: {
            /**
             * @description null: it does not end by itself
             * @default null
             */
            expiresAt?: string | null;
            /** @description What it is for */
            name: string;
            /**
             * @default [
             *       "read",
             *       "write"
             *     ]
             */
            scopes?: ("read" | "write" | "admin")[];
        };
        /** @description A part of a message that is a file */
        Attachment: {
            contentId: string | null;
            disposition: string | null;
            /** @description Why syncs leave its content alone; asking for the content tries again */
            failure: {
                at: string;
                category: string;
                message: string;
            } | null;
            fetchedAt: string | null;
            /** @description As the sender wrote it: never use it as a path */
            filename: string | null;
            /** @description Names it within its message */
            id: string;
            links: {
                content: string;
            };
            /** @description As the sender declared it */
            mimeType: string;
            /** @description Its place in the message's structure */
            partId: string;
            /** @description Of its content; null while the content is not kept */
            sha256: string | null;
            sizeBytes: number;
        };
        /** @description Who has asked for what was done */
        AuditEntry: {
            actor: {
                id: string;
                /** @enum {string} */
                kind: "operator" | "key";
                /** @description Of the key, when it is the tenant's */
                name: string | null;
            };
            address: string;
            /** Format: date-time */
            at: string;
            /** @description Of the body, by name: what was to be changed, not to what */
            fields: string[];
            id: string;
            /** @description What was made: a key, an account, an endpoint, a sync */
            madeId: string | null;
            method: string;
            /** @description The ids in the address */
            params: {
                [key: string]: string;
            };
            /** @description As in the header x-request-id of the answer */
            requestId: string;
            route: string;
            /** @description Of the answer; null: it was not told, the process may have died */
            status: number | null;
        };
        /** @description What a page in a browser holds instead of a key: it may watch, for minutes */
        BrowserToken: {
            /** Format: date-time */
            expiresAt: string;
            syncId: string | null;
            /** @description For the header Authorization, or access_token of a stream */
            token: string;
        };
        /**
         * @default {
         *       "expiresInSeconds": 600
         *     }
         */
        BrowserTokenRequestInput: {
            /** @default 600 */
            expiresInSeconds?: number;
            /** @description The one sync that may be watched; absent: all of the tenant */
            syncId?: string;
        };
        /** @description A unit of work of a sync */
        Chunk: {
            /** @description Which attempt settled it */
            attempt: number | null;
            /** @description Attempts that are known of */
            attempts: number;
            /** @description Messages of it that are dealt with; while it is not settled, as far as attempts told */
            handled: number;
            index: number;
            /** @enum {string} */
            lane: "live" | "bulk";
            /** @description What the newest attempt met that failed */
            lastFault: {
                /** Format: date-time */
                at: string;
                /** @enum {string} */
                category: "rate_limited" | "transient" | "token_expired" | "consent_lost" | "gone" | "watermark_expired" | "bad_item" | "unknown" | "crash_loop";
                message: string;
            } | null;
            ledger: {
                /** @description Set aside with a reason, to be looked at */
                deadLettered: number;
                /** @description Vanished between being listed and being fetched */
                gone: number;
                /** @description Fetched and written by this sync */
                stored: number;
                /** @description Already there, or listed before and set aside: nothing to do */
                unchanged: number;
            };
            /** Format: date-time */
            listedAt: string;
            /** @description When it is tried again */
            nextAttemptAt: string | null;
            /** @description Messages of it that are not */
            open: number;
            pageNumber: number;
            settledAt: string | null;
            /** @description Messages */
            size: number;
            /**
             * @description listed: its turn has not come; outstanding: queued, claimed or waiting; settled: done; dead_lettered: set aside as a whole
             * @enum {string}
             */
            state: "listed" | "outstanding" | "settled" | "dead_lettered";
        };
        /** @description A link by which a person connects a mailbox, and what came of it */
        ConnectLink: {
            /**
             * @description What the person is asked to allow: read: to read mail; modify: to change it as well
             * @enum {string}
             */
            access: "read" | "modify";
            /** @description The account that it has connected */
            accountId: string | null;
            connectedAt: string | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            expiresAt: string;
            /** @description Why the newest attempt failed, and what to do */
            failure: {
                /** Format: date-time */
                at: string;
                /** @enum {string} */
                code: "access_denied" | "access_missing" | "account_gone" | "account_removing" | "attempt_expired" | "client_refused" | "code_refused" | "consent_failed" | "internal" | "link_used" | "mailbox_refused" | "other_mailbox" | "provider_unavailable" | "refresh_token_missing";
                message: string;
            } | null;
            id: string;
            /** @description Random. Of all browsers only the one in which the person consented has it, in the query of `returnUrl`: a browser that brings another one, or none, belongs to somebody else */
            receipt: string | null;
            returnUrl: string;
            /**
             * @description open: may be opened, also again after an attempt that failed; connected: it has done its work
             * @enum {string}
             */
            status: "open" | "connected" | "expired";
            /** @description The account's first sync, where it was asked for with it */
            syncId: string | null;
        };
        ConnectLinkRequestInput: {
            /**
             * @description What the person is asked to allow: read: to read mail; modify: to change it as well
             * @default read
             * @enum {string}
             */
            access?: "read" | "modify";
            /** @description Connects this account again, and accepts no other mailbox than its own */
            accountId?: string;
            /**
             * @description metadata: names and sizes, content is passed through from the provider when it is asked for; lazy: content is kept once it was asked for; eager: syncs fetch and keep it
             * @default metadata
             * @enum {string}
             */
            attachments?: "metadata" | "lazy" | "eager";
            /**
             * @description Of a mailbox that is connected the first time
             * @default full
             * @enum {string}
             */
            content?: "metadata" | "full" | "raw";
            /** @description The address of the mailbox that is meant; of an account that is connected again, its own */
            loginHint?: string;
            /** @description Where the browser goes in the end, with `status` (connected or failed), `accountId` and `receipt`, or `error` added to its query. On the tenant's list of return addresses, or below one of them */
            returnUrl: string;
            /**
             * @description adaptive: soon after changes, seldom while there are none, once the account has a copy; interval: the first time at random within it, so that accounts spread; none: only when somebody asks
             * @default {
             *       "kind": "adaptive",
             *       "mode": "auto"
             *     }
             */
            schedule?: {
                /** @constant */
                kind: "adaptive";
                /**
                 * @description auto: incremental when the account has a watermark that the provider still knows, else full
                 * @default auto
                 * @enum {string}
                 */
                mode?: "auto" | "full" | "incremental";
            } | {
                /** @constant */
                kind: "interval";
                /**
                 * @description auto: incremental when the account has a watermark that the provider still knows, else full
                 * @default auto
                 * @enum {string}
                 */
                mode?: "auto" | "full" | "incremental";
                /** @description From one planned time to the next */
                seconds: number;
            } | {
                /** @description Minute, hour, day of the month, month, day of the week */
                expression: string;
                /** @constant */
                kind: "cron";
                /**
                 * @description auto: incremental when the account has a watermark that the provider still knows, else full
                 * @default auto
                 * @enum {string}
                 */
                mode?: "auto" | "full" | "incremental";
                /**
                 * @description IANA name: Europe/Berlin
                 * @default UTC
                 */
                timeZone?: string;
            } | {
                /** @constant */
                kind: "none";
                /**
                 * @description auto: incremental when the account has a watermark that the provider still knows, else full
                 * @default auto
                 * @enum {string}
                 */
                mode?: "auto" | "full" | "incremental";
            };
        };
        CredentialsRequestInput: {
            /**
             * @description true: the provider is asked first whether the credentials open the mailbox, and nothing is stored when they do not; false: that shows in the first sync
             * @default false
             */
            check?: boolean;
            /** @description Kept encrypted, and never shown again */
            credentials: {
                /** @description Google's OAuth 2.0 refresh token */
                refreshToken: string;
            };
        };
        /** @description A message that was set aside, with its reason */
        DeadLetter: {
            /** @description A connected mailbox's id */
            accountId: string;
            attempts: number;
            /** @enum {string} */
            category: "rate_limited" | "transient" | "token_expired" | "consent_lost" | "gone" | "watermark_expired" | "bad_item" | "unknown" | "crash_loop";
            chunkIndex: number;
            /** Format: date-time */
            createdAt: string;
            /** @description What the last attempt met */
            error: string;
            /** @description Its bytes are kept */
            hasRaw: boolean;
            /** @description A dead letter's id */
            id: string;
            links: {
                raw: string;
                redrive: string;
                self: string;
                sync: string;
            };
            /** @description Its number within the sync */
            ordinal: number;
            /** @description What became of it; null while it is open or redriven. superseded: the log had lost it, and its sync ended without it */
            outcome: ("stored" | "unchanged" | "gone" | "discarded" | "superseded") | null;
            /** @description The provider's id of the message */
            providerId: string;
            /**
             * @description chunk: its whole chunk was set aside; message: it alone
             * @enum {string}
             */
            scope: "chunk" | "message";
            /**
             * @description open: waits for somebody; redriving: is tried again; resolved: its mail is here, or gone; discarded: nobody wants it any more
             * @enum {string}
             */
            state: "open" | "redriving" | "resolved" | "discarded";
            /** @description The message's, from an earlier copy or its kept bytes; null: nothing of it is held */
            subject: string | null;
            /** @description A sync's id */
            syncId: string;
            /** Format: date-time */
            updatedAt: string;
        };
        /** @description A fact, as it was appended to the log */
        Event: {
            /** @description Of a request that names no account that there can be: `_` */
            accountId: string;
            /** @description What happened. Of a page's ids only `messageIdCount` is shown, unless they are asked for. */
            fact: {
                [key: string]: unknown;
            };
            id: string;
            /** @description The service that appended it */
            source: string;
            syncId: string | null;
            /** Format: date-time */
            time: string;
            type: string;
            /** @description <epoch>-<seq>: a position in the log. Compare the epochs, then the sequences, as numbers. */
            version: string;
        };
        Forecast: {
            bytes: number;
            /** @description How large it may grow; null: nobody has said so (`DATABASE_MIB_MAX` of the janitor) */
            bytesMax: number | null;
            /** @description By how much it grows a day, as a rule; null: it has not been looked at for two days yet */
            bytesPerDay: number | null;
            daysUntilFull: number | null;
            /** @description When it is full if it goes on like this; null: that is not in sight, or not known */
            fullAt: string | null;
            /** Format: date-time */
            seenAt: string;
            /** @description database, or a stream of the broker */
            store: string;
        };
        HoldRequestInput: {
            /** @description For those who wonder later why it is held */
            reason: string;
        };
        Label: {
            backgroundColor: string | null;
            /** @description What messages and filters call it */
            id: string;
            /** @description Stored messages that bear it, without deleted ones */
            messagesTotal: number;
            messagesUnread: number;
            name: string;
            textColor: string | null;
            /**
             * @description system: the provider's own
             * @enum {string}
             */
            type: "system" | "user";
        };
        /** @description Whose key or token a request bears, and what it opens */
        Me: {
            /** @description When it ends by itself; null: it does not */
            expiresAt: string | null;
            /**
             * @description tenant: a tenant's key; operator: the installation's; browser: a token for a page
             * @enum {string}
             */
            kind: "tenant" | "operator" | "browser";
            /** @description Of a tenant's key. A page's token only reads, and not all of it */
            scopes: ("read" | "write" | "admin")[];
            /** @description The one sync that a page may watch; null: no such limit */
            syncId: string | null;
            /** @description Null: an operator's, whom no tenant has */
            tenantId: string | null;
        };
        Message: {
            /** @description A connected mailbox's id */
            accountId: string;
            attachments: {
                contentId: string | null;
                disposition: string | null;
                filename: string | null;
                mimeType: string;
                partId: string;
                sizeBytes: number;
            }[];
            bcc: {
                address: string;
                name: string;
            }[];
            cc: {
                address: string;
                name: string;
            }[];
            /**
             * @description metadata: headers only; full: parsed message; raw: the exact bytes as well
             * @enum {string}
             */
            content: "metadata" | "full" | "raw";
            /** @description What was broken and how it was stored all the same */
            defects: string[];
            /** @description Since when the mailbox shows it no more, as far as we know */
            deletedAt: string | null;
            deletedWhy: string | null;
            from: {
                address: string;
                name: string;
            }[];
            /** @description Has a part that is not shown inline */
            hasAttachments: boolean;
            /** @description [name, value] in the message's order */
            headers: [
                string,
                string
            ][];
            historyId: string | null;
            /** @description As it was sent: sanitise it before you show it */
            html: string | null;
            /** @description A stored message's id */
            id: string;
            inReplyTo: string | null;
            labelIds: string[];
            links: {
                raw: string;
                self: string;
            };
            messageIdHeader: string | null;
            providerId: string;
            rawSha256: string | null;
            receivedAt: string | null;
            references: string[];
            replyTo: {
                address: string;
                name: string;
            }[];
            sender: {
                address: string;
                name: string;
            }[];
            sentAt: string | null;
            sizeBytes: number;
            snippet: string;
            /** Format: date-time */
            storedAt: string;
            subject: string | null;
            text: string | null;
            threadId: string | null;
            to: {
                address: string;
                name: string;
            }[];
        };
        MessageSummary: {
            /** @description Since when the mailbox shows it no more, as far as we know */
            deletedAt: string | null;
            deletedWhy: string | null;
            from: {
                address: string;
                name: string;
            }[];
            /** @description Has a part that is not shown inline */
            hasAttachments: boolean;
            /** @description A stored message's id */
            id: string;
            labelIds: string[];
            providerId: string;
            receivedAt: string | null;
            sizeBytes: number;
            snippet: string;
            subject: string | null;
            threadId: string | null;
            to: {
                address: string;
                name: string;
            }[];
        };
        NewApiKey: {
            /** Format: date-time */
            createdAt: string;
            expiresAt: string | null;
            /** @description Its first characters */
            hint: string | null;
            id: string;
            /** @description Shown now, and never again */
            key: string;
            /** @description To the minute */
            lastUsedAt: string | null;
            name: string;
            /** @description The key that it was made to follow */
            replaces: string | null;
            revokedAt: string | null;
            /** @description read: look; write: connect, sync, control; admin: keys, settings */
            scopes: ("read" | "write" | "admin")[];
        };
        NewConnectLink: {
            /**
             * @description What the person is asked to allow: read: to read mail; modify: to change it as well
             * @enum {string}
             */
            access: "read" | "modify";
            /** @description The account that it has connected */
            accountId: string | null;
            connectedAt: string | null;
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            expiresAt: string;
            /** @description Why the newest attempt failed, and what to do */
            failure: {
                /** Format: date-time */
                at: string;
                /** @enum {string} */
                code: "access_denied" | "access_missing" | "account_gone" | "account_removing" | "attempt_expired" | "client_refused" | "code_refused" | "consent_failed" | "internal" | "link_used" | "mailbox_refused" | "other_mailbox" | "provider_unavailable" | "refresh_token_missing";
                message: string;
            } | null;
            id: string;
            /** @description Random. Of all browsers only the one in which the person consented has it, in the query of `returnUrl`: a browser that brings another one, or none, belongs to somebody else */
            receipt: string | null;
            returnUrl: string;
            /**
             * @description open: may be opened, also again after an attempt that failed; connected: it has done its work
             * @enum {string}
             */
            status: "open" | "connected" | "expired";
            /** @description The account's first sync, where it was asked for with it */
            syncId: string | null;
            /**
             * Format: uri
             * @description Send the person's browser there. It is shown this once
             */
            url: string;
        };
        /** @description An endpoint with its secret */
        NewWebhookEndpoint: {
            /** Format: date-time */
            createdAt: string;
            description: string | null;
            disabled: {
                /** Format: date-time */
                at: string;
                /**
                 * @description requested: by its tenant; gone: it answered 410; failing: it has taken nothing for days
                 * @enum {string}
                 */
                reason: "requested" | "gone" | "failing";
            } | null;
            enabled: boolean;
            events: ("sync.completed" | "sync.failed" | "account.reauth_required" | "account.consent_ending" | "account.drift_repeated" | "mail.changed")[];
            failingSince: string | null;
            /** @description Attempts in a row that failed */
            failures: number;
            /** @description A webhook endpoint's id */
            id: string;
            /** @description It failed too often in a row: until then nothing is sent, then one message */
            leftAloneUntil: string | null;
            links: {
                deliveries: string;
                self: string;
            };
            /** @description Until then messages are signed with the secret before the last rotation as well */
            previousSecretUntil: string | null;
            /** @description whsec_…: what signatures are checked with (Standard Webhooks). It is shown this once */
            secret: string;
            /** Format: date-time */
            updatedAt: string;
            url: string;
        };
        /** @description How things are now */
        Overview: {
            accounts: {
                connected: number;
                /** @description Connected, and no sync of it has completed yet */
                neverSynced: number;
                /** @description Of the connected account whose last completed sync is the longest ago */
                oldestSyncedAt: string | null;
                reauthRequired: number;
                removing: number;
                /** @description The provider tells of their changes */
                watched: number;
                /** @description It should, and does not */
                watchesLapsed: number;
            };
            /** Format: date-time */
            at: string;
            deadLetters: {
                open: number;
            };
            /** @description Chunks of running syncs that are outstanding: queued, claimed, or waiting for another attempt */
            lanes: {
                /** @enum {string} */
                lane: "live" | "bulk";
                /** @description Since the oldest of them was listed */
                oldestSeconds: number | null;
                waiting: number;
            }[];
            /** @description Settled messages, over the last minute */
            messagesPerSecond: number;
            /** @description From the request to the start, of syncs that were asked for within an hour and have started */
            pickup: {
                count: number;
                medianMs: number | null;
                p95Ms: number | null;
            };
            /** @description What all accounts of the installation share; null: none is kept. Fields are null while the broker does not answer */
            quota: {
                unitsPerMinute: number | null;
                usedLastMinute: number | null;
            } | null;
            syncs: {
                /** @description As they ended: a partial one whose dead letters were redriven since is still partial here */
                endedLastDay: {
                    cancelled: number;
                    coalesced: number;
                    completed: number;
                    failed: number;
                    partial: number;
                };
                /** @description Of those that run, those whose newest attempt failed */
                failing: number;
                paused: number;
                queued: number;
                /** @description Accepted within a day, and no fact has reached them yet */
                requested: number;
                running: number;
            };
        };
        OwnTenantChangeInput: {
            /** @description Whose pages may read answers with a browser token */
            browserOrigins?: string[];
            name?: string;
            /** @description What is not named stays; null, of one or of all: as it is for everybody again */
            retention?: components["schemas"]["RetentionPeriodsChangeInput"] | null;
            /** @description Where browsers may be sent back to after a mailbox was connected: these addresses, and what lies below them */
            returnUrls?: string[];
            /** @description Each mailbox is compared with the store once in so many days, and what differs is taken in; 0: only when somebody asks, null: as it is for everybody (`VERIFY_EVERY_DAYS`) */
            verifyEveryDays?: number | null;
        };
        /** @description Problem details, RFC 9457 */
        Problem: {
            /** @description account_exists, account_removing: the account that has the mailbox */
            accountId?: string;
            /** @enum {string} */
            code: "invalid_json" | "invalid_request" | "bad_request" | "return_url_refused" | "consent_refused" | "unauthenticated" | "forbidden" | "push_token_refused" | "not_found" | "push_not_configured" | "connect_not_configured" | "method_not_allowed" | "connect_link_refused" | "attachment_gone" | "account_exists" | "account_removing" | "account_held" | "tenant_exists" | "too_many_keys" | "reauth_required" | "letter_settled" | "raw_not_kept" | "sync_ended" | "endpoint_disabled" | "too_many_endpoints" | "too_many_waiting" | "precondition_failed" | "body_too_large" | "too_large_to_show" | "unsupported_media_type" | "range_not_satisfiable" | "credentials_refused" | "idempotency_mismatch" | "too_many_requests" | "headers_too_large" | "internal" | "provider_failed" | "provider_unavailable" | "blob_store_unavailable" | "database_unavailable" | "broker_unavailable" | "push_keys_unavailable" | "busy" | "log_restoring" | "upgrading" | "view_behind" | "too_many_streams" | "not_ready" | "stopping";
            detail: string;
            /** @description What is wrong with the request, value by value */
            errors?: {
                detail: string;
                /** @enum {string} */
                in: "body" | "query" | "path" | "header";
                /** @description JSON pointer of the value, as a URI fragment: #/chunkSize */
                pointer: string;
            }[];
            /** @description not_ready: each part and its state */
            parts?: {
                [key: string]: string;
            };
            /** @description The same as in the header x-request-id and in our log */
            requestId?: string;
            status: number;
            /** @description broker_unavailable: the sync that a retry with the same key goes on with */
            syncId?: string;
            title: string;
            /** @description /problems/<code> */
            type: string;
            /**
             * @description credentials_refused: what the provider said of them
             * @enum {string}
             */
            why?: "token_refused" | "mailbox_refused" | "other_mailbox";
        };
        /** @description A push request of a Pub/Sub subscription */
        PushRequestInput: {
            message: {
                /** @description Base64 of {emailAddress, historyId} */
                data: string;
                /** @description The same one again is a redelivery */
                messageId: string;
            } & {
                [key: string]: unknown;
            };
            subscription: string;
        } & {
            [key: string]: unknown;
        };
        /** @description What the provider allows an account, and what is used of it */
        Quota: {
            account: {
                /** @description The provider has refused a call: the account's mailbox is left alone until then */
                coolDownUntil: string | null;
                /**
                 * Format: date-time
                 * @description When a chunk that asks now would have its turn
                 */
                nextChunkAt: string;
                /** @description What the provider allows in any minute */
                unitsPerMinute: number;
                /** @description What is used of it now: less for a while after the provider has refused calls, because others use the mailbox too */
                unitsPerMinuteNow: number;
                usedLastMinute: number;
            } | null;
            /** @description A connected mailbox's id */
            accountId: string;
            /** @description False: no quota is kept, and the other fields are null */
            limited: boolean;
            /** @description Messages that the account's quota allows now */
            messagesPerMinute: number | null;
            /** @description What all accounts share */
            project: {
                /** @description Null: a day has no limit */
                unitsPerDay: number | null;
                /** @description What the provider allows in any minute */
                unitsPerMinute: number;
                /** @description What is used of it now: less for a while after the provider has refused calls, because others use the mailbox too */
                unitsPerMinuteNow: number;
                usedLastMinute: number;
                /** @description Since midnight, Pacific time */
                usedToday: number | null;
            } | null;
        };
        Redriven: {
            /** @description Dead letters that were put back */
            redriven: number;
            /** @description The sync that all of them are of; null when they are of several, or none was put back */
            syncId: string | null;
            /** @description Where in the log the wish stands, null when nothing had to be written. A stream that is opened with this as its `Last-Event-ID` does not end with what was before. */
            version: string | null;
        };
        RedriveRequestInput: {
            /** @description A connected mailbox's id */
            accountId?: string;
            /**
             * @description Says that no account, sync, category or ids are meant to narrow it
             * @constant
             */
            all?: true;
            /** @enum {string} */
            category?: "rate_limited" | "transient" | "token_expired" | "consent_lost" | "gone" | "watermark_expired" | "bad_item" | "unknown" | "crash_loop";
            chunkIndex?: number;
            ids?: string[];
            /**
             * @description chunk: its whole chunk was set aside; message: it alone
             * @enum {string}
             */
            scope?: "chunk" | "message";
            /**
             * @default open
             * @enum {string}
             */
            state?: "open" | "redriving";
            /** @description A sync's id */
            syncId?: string;
        };
        RemovalAccepted: {
            accountId: string;
            links: {
                /** @description 404 once nothing of the account is kept any more */
                self: string;
            };
            /** Format: date-time */
            requestedAt: string;
            /** @constant */
            status: "removing";
        };
        RetentionPeriodInForce: {
            /** @description What holds, in days; null: it is everybody's, and no janitor has told it yet */
            days: number | null;
            /** @description What a tenant's own may be at most */
            daysMax: number;
            /** @description What a tenant's own may be at least */
            daysMin: number;
            /** @description What holds for everybody, in days; null: no janitor has told it yet */
            defaultDays: number | null;
            /**
             * @description tenant: its own; installation: as for everybody (`RETAIN_…` of the janitor)
             * @enum {string}
             */
            from: "tenant" | "installation";
        };
        RetentionPeriods: {
            /** @description How long facts are kept that say how an account stood, once newer ones say how it stands, in days (bounded because a log that is restored from an older copy tells of them once more) */
            accountStatesDays?: number;
            /** @description How long the counts of each minute's activity are kept, in days (bounded because a rebuild compares the last days, and each day is a table) */
            activityDays?: number;
            /** @description How long is kept who has asked for what, and what happened to accounts, in days */
            auditDays?: number;
            /** @description How long the hashes of browser tokens are kept after their end, in days (bounded because they are of secrets, and of no use any more) */
            browserTokensDays?: number;
            /** @description How long links to connect a mailbox are kept after they have expired, in days (bounded because they bear addresses of people) */
            connectLinksDays?: number;
            /** @description How long dead letters are kept after they were settled, where their sync is kept, in days */
            deadLettersDays?: number;
            /** @description How long messages are kept that were deleted in the mailbox, in days */
            deletedMessagesDays?: number;
            /** @description How long failed syncs are kept after their end, in days (bounded because a rebuild counts the activity of the last days out of their facts) */
            failedSyncsDays?: number;
            /** @description How long completed, partial, cancelled and coalesced syncs are kept after their end, in days (bounded because a rebuild counts the activity of the last days out of their facts) */
            finishedSyncsDays?: number;
            /** @description For how long an idempotency key names the sync that it was used for, in days */
            idempotencyKeysDays?: number;
            /** @description How long open dead letters wait for somebody to want something of them, until they are discarded; 0: for ever, in days */
            openDeadLettersDays?: number;
            /** @description How long is kept what runs of retention have removed, in days (bounded because the next run by schedule follows from the one before, a week ago at most) */
            retentionRunsDays?: number;
            /** @description How long marks are kept of messages that are gone and of labels that were taken off, which keep late answers from bringing them back, in days */
            tracesDays?: number;
            /** @description How long comparisons of a mailbox with the store are kept; the newest of an account stays, in days */
            verificationsDays?: number;
            /** @description How long is kept what webhook endpoints were told, in days (bounded because it is tried for three days) */
            webhookDeliveriesDays?: number;
        };
        RetentionPeriodsChangeInput: {
            accountStatesDays?: number | null;
            activityDays?: number | null;
            auditDays?: number | null;
            browserTokensDays?: number | null;
            connectLinksDays?: number | null;
            deadLettersDays?: number | null;
            deletedMessagesDays?: number | null;
            failedSyncsDays?: number | null;
            finishedSyncsDays?: number | null;
            idempotencyKeysDays?: number | null;
            openDeadLettersDays?: number | null;
            retentionRunsDays?: number | null;
            tracesDays?: number | null;
            verificationsDays?: number | null;
            webhookDeliveriesDays?: number | null;
        };
        RetentionRequestInput: {
            /**
             * @description true: say what would be removed, and remove nothing
             * @default false
             */
            dryRun?: boolean;
            /**
             * @description Absent: all of them, one after the other
             * @enum {string}
             */
            task?: "messages" | "syncs" | "dead-letters" | "blobs" | "traces" | "requests" | "idempotency-keys" | "browser-tokens" | "api-keys" | "verifications" | "notes" | "removed-accounts" | "audit-entries" | "webhook-deliveries" | "connect-links" | "activity" | "retention-runs";
        };
        /** @description One run of one task of retention */
        RetentionRun: {
            /** @description The key that asked for it; to a tenant `operator` where an operator has; null: its schedule did */
            askedBy: string | null;
            /** @description Of mail and content */
            bytes: number;
            /** @description It counts what would be removed, and removes nothing */
            dryRun: boolean;
            endedAt: string | null;
            failure: string | null;
            id: string;
            /** @description false: it is under way, has failed, or ended after its share with something left, which the next run does */
            isDone: boolean;
            /** @description How many, by kind; of the tenant alone that asks */
            removed: {
                [key: string]: number;
            };
            /** Format: date-time */
            requestedAt: string;
            startedAt: string | null;
            /**
             * @description stopped: the janitor was told to end; what is left comes with the next run
             * @enum {string}
             */
            state: "requested" | "running" | "completed" | "failed" | "stopped";
            /**
             * @description messages: deleted in the mailbox long ago; syncs: with their chunks, facts and dead letters; dead-letters: settled long ago, and open ones that nobody has wanted for long; blobs: content that no message carries; traces: what keeps late answers from bringing back what is gone; requests: that became no sync; idempotency-keys: what they name is forgotten; api-keys: that ended before the audit trail begins; removed-accounts: what remained of them; notes: facts about accounts; the others: what they are called
             * @enum {string}
             */
            task: "messages" | "syncs" | "dead-letters" | "blobs" | "traces" | "requests" | "idempotency-keys" | "browser-tokens" | "api-keys" | "verifications" | "notes" | "removed-accounts" | "audit-entries" | "webhook-deliveries" | "connect-links" | "activity" | "retention-runs";
            /** @description Whose data alone it looks at; null: everybody's */
            tenantId: string | null;
        };
        RotatedWebhookSecret: {
            /** Format: date-time */
            previousSecretUntil: string;
            /** @description whsec_…: what signatures are checked with (Standard Webhooks). It is shown this once */
            secret: string;
        };
        /**
         * @default {
         *       "overlapSeconds": 86400
         *     }
         */
        RotationRequestInput: {
            /** @description When the new key ends; absent: when the old one would have */
            expiresAt?: string | null;
            /**
             * @description How long the old key still holds
             * @default 86400
             */
            overlapSeconds?: number;
        };
        /** @description One run over one account */
        Sync: {
            /** @description A connected mailbox's id */
            accountId: string;
            coalescedInto: string | null;
            content: ("metadata" | "full" | "raw") | null;
            endedAt: string | null;
            failure: {
                category: string;
                message: string;
            } | null;
            /** @description A sync's id */
            id: string;
            /** @description Where its work waits while it runs: newest mail takes the live lane */
            lane: ("live" | "bulk") | null;
            ledger: {
                /** @description listed = stored + unchanged + gone + deadLettered */
                balanced: boolean;
                /** @description Set aside with a reason, to be looked at */
                deadLettered: number;
                /** @description Vanished between being listed and being fetched */
                gone: number;
                /** @description Message ids that the provider listed */
                listed: number;
                /** @description Fetched and written by this sync */
                stored: number;
                /** @description Already there, or listed before and set aside: nothing to do */
                unchanged: number;
            };
            links: {
                cancel: string;
                chunks: string;
                /** @description Its messages that were set aside */
                deadLetters: string;
                /** @description The audit trail */
                events: string;
                pause: string;
                resume: string;
                retry: string;
                self: string;
                /** @description Live progress, as server-sent events */
                stream: string;
            };
            mode: ("full" | "incremental") | null;
            paused: {
                message: string;
                /**
                 * @description requested: by a person; consent_lost: the provider refuses the mailbox
                 * @enum {string}
                 */
                reason: "requested" | "consent_lost";
                /** @description What will resume it, in words */
                resumesBy: string;
                /** Format: date-time */
                since: string;
            } | null;
            progress: {
                chunksListed: number;
                chunksSettled: number;
                deadLettered: number;
                /** @description The provider's own estimate */
                estimatedTotal: number | null;
                gone: number;
                /** @description Messages that are dealt with: those that are settled, and those of chunks that are still open, as far as attempts at them told. It never falls; of a sync that is complete it is what is settled */
                handled: number;
                /** @description Message ids listed so far */
                listed: number;
                /** @description Nothing more will be listed, changes included */
                listingComplete: boolean;
                /** @description Of those that are dead-lettered: how many are being tried again */
                redriving: number;
                /** @description Until all is settled, as things are now: at the pace so far, or what the provider's quota takes if that is slower; null while nobody can tell, as when attempts have failed for a minute and no message was dealt with meanwhile, or nothing has moved for more than `stillAfterSeconds` */
                secondsLeft: number | null;
                /** @description Messages whose chunk is done */
                settled: number;
                /** @description Nothing moving for longer than this is more than slowness: at least 30 s, more where its chunks take longer */
                stillAfterSeconds: number;
                /** @description For how long nothing had moved when this was told: no page listed, no chunk settled, no attempt failed; null: it does not run, or nobody knows */
                stillSeconds: number | null;
                stored: number;
                unchanged: number;
            };
            /** @description The verification whose findings it takes in */
            repairOf: string | null;
            requestedAt: string | null;
            requestedMode: ("auto" | "full" | "incremental") | null;
            scope: {
                chunkSize: number | null;
                labelIds: string[] | null;
                query: string | null;
            };
            /** @description listing: what the mailbox holds; reconcile: what of an earlier copy is not right any more; changes: what has happened since; findings: what a verification found */
            stage: ("listing" | "reconcile" | "changes" | "findings") | null;
            startedAt: string | null;
            /**
             * @description requested: accepted, not begun; queued: waits for the account's active sync; paused: see `paused`; partial: complete but for dead letters, which can be redriven; coalesced: another sync covers it
             * @enum {string}
             */
            status: "requested" | "queued" | "running" | "paused" | "completed" | "partial" | "failed" | "cancelled" | "coalesced";
            /** @description The trace that leads to all others of the sync, where the services send traces (32 digits) */
            traceId: string;
            /** @description Who asked: api, event, schedule, push or reconciler */
            trigger: string | null;
            /** @description The newest attempt that failed, while nothing has succeeded since */
            trouble: {
                /** Format: date-time */
                at: string;
                /** @description Which attempt at that piece of work it was; null: told by an earlier release */
                attempt: number | null;
                /** @enum {string} */
                category: "rate_limited" | "transient" | "token_expired" | "consent_lost" | "gone" | "watermark_expired" | "bad_item" | "unknown" | "crash_loop";
                message: string;
                /** @description When it is tried again by itself */
                nextAt: string | null;
                /** @description How many messages of that piece of work are tried again, the others of it are dealt with; null: it was a listing, or what was left of it is set aside, or an earlier release told it */
                open: number | null;
                /** @description The attempt that is the last one when all until then fail, and the mailbox itself can be read: then what is left of that piece of work is set aside; null: it is tried for as long as it takes */
                setAsideAt: number | null;
                /**
                 * Format: date-time
                 * @description When the first attempt failed that nothing has succeeded after. One that dealt with messages that no attempt had dealt with before has succeeded so far; a pause, and work that is planned anew, change nothing of it
                 */
                since: string;
            } | null;
            /** @description <epoch>-<seq>: a position in the log. Compare the epochs, then the sequences, as numbers. */
            version: string;
            /** @description Where the account is complete to, after this sync */
            watermark: string | null;
        };
        SyncAccepted: {
            links: {
                cancel: string;
                chunks: string;
                /** @description Its messages that were set aside */
                deadLetters: string;
                /** @description The audit trail */
                events: string;
                pause: string;
                resume: string;
                retry: string;
                self: string;
                /** @description Live progress, as server-sent events */
                stream: string;
            };
            /** @constant */
            status: "requested";
            /** @description A sync's id */
            syncId: string;
        };
        /** @description What became of a wish about a sync */
        SyncControl: {
            links: {
                cancel: string;
                chunks: string;
                /** @description Its messages that were set aside */
                deadLetters: string;
                /** @description The audit trail */
                events: string;
                pause: string;
                resume: string;
                retry: string;
                self: string;
                /** @description Live progress, as server-sent events */
                stream: string;
            };
            /** @description Dead letters that were put back */
            redriven: number | null;
            /** @description The sync that this new one was asked for in the place of */
            retryOf: string | null;
            /**
             * @description As it was decided now; what is shown of the sync follows within moments
             * @enum {string}
             */
            status: "requested" | "queued" | "running" | "paused" | "completed" | "partial" | "failed" | "cancelled" | "coalesced";
            /** @description A sync's id */
            syncId: string;
            /** @description Where in the log the wish stands, null when nothing had to be written. A stream that is opened with this as its `Last-Event-ID` does not end with what was before. */
            version: string | null;
        };
        SyncRequestInput: {
            /** @description A connected mailbox's id */
            accountId: string;
            /** @description Messages a chunk; default 100 */
            chunkSize?: number;
            /** @description Only messages with all of these */
            labelIds?: string[];
            /**
             * @description auto: incremental when the account has a watermark that the provider still knows, else full
             * @default auto
             * @enum {string}
             */
            mode?: "auto" | "full" | "incremental";
            /** @description The provider's own search expression */
            query?: string;
        };
        /** @description A business; the wall that nothing crosses */
        Tenant: {
            browserOrigins: string[];
            /** Format: date-time */
            createdAt: string;
            /** @description A tenant's id */
            id: string;
            name: string;
            /** @description Periods of its own; what is not named is as it is for everybody */
            retention: components["schemas"]["RetentionPeriods"];
            /** @description For how long things are kept, and who has decided so */
            retentionInForce: {
                accountStatesDays: components["schemas"]["RetentionPeriodInForce"];
                activityDays: components["schemas"]["RetentionPeriodInForce"];
                auditDays: components["schemas"]["RetentionPeriodInForce"];
                browserTokensDays: components["schemas"]["RetentionPeriodInForce"];
                connectLinksDays: components["schemas"]["RetentionPeriodInForce"];
                deadLettersDays: components["schemas"]["RetentionPeriodInForce"];
                deletedMessagesDays: components["schemas"]["RetentionPeriodInForce"];
                failedSyncsDays: components["schemas"]["RetentionPeriodInForce"];
                finishedSyncsDays: components["schemas"]["RetentionPeriodInForce"];
                idempotencyKeysDays: components["schemas"]["RetentionPeriodInForce"];
                openDeadLettersDays: components["schemas"]["RetentionPeriodInForce"];
                retentionRunsDays: components["schemas"]["RetentionPeriodInForce"];
                tracesDays: components["schemas"]["RetentionPeriodInForce"];
                verificationsDays: components["schemas"]["RetentionPeriodInForce"];
                webhookDeliveriesDays: components["schemas"]["RetentionPeriodInForce"];
            };
            returnUrls: string[];
            runningSyncsMax: number | null;
            /** Format: date-time */
            updatedAt: string;
            /** @description Each mailbox is compared with the store once in so many days, and what differs is taken in; 0: only when somebody asks, null: as it is for everybody (`VERIFY_EVERY_DAYS`) */
            verifyEveryDays: number | null;
            weight: number;
        };
        TenantChangeInput: {
            /** @description Whose pages may read answers with a browser token */
            browserOrigins?: string[];
            name?: string;
            /** @description What is not named stays; null, of one or of all: as it is for everybody again */
            retention?: components["schemas"]["RetentionPeriodsChangeInput"] | null;
            /** @description Where browsers may be sent back to after a mailbox was connected: these addresses, and what lies below them */
            returnUrls?: string[];
            /** @description How many syncs may run at once, the others wait as queued; null: as many as are asked for */
            runningSyncsMax?: number | null;
            /** @description Each mailbox is compared with the store once in so many days, and what differs is taken in; 0: only when somebody asks, null: as it is for everybody (`VERIFY_EVERY_DAYS`) */
            verifyEveryDays?: number | null;
            /** @description Syncs have a window so many times as wide as others' */
            weight?: number;
        };
        /** @description How a tenant's syncs are doing now */
        TenantHealth: {
            /** @description Mailboxes whose owner has to connect them again */
            accountsToReconnect: number;
            failedLastDay: {
                /** @description Why, by category; of the newest 1000 */
                categories: {
                    [key: string]: number;
                };
                count: number;
            };
            /** @description When the oldest of the syncs that are requested or queued was asked for; null: none waits */
            oldestWaitingAt: string | null;
            openDeadLetters: number;
            syncs: {
                /** @description Of those that run, those whose newest attempt failed */
                failing: number;
                paused: number;
                queued: number;
                /** @description Accepted within a day, and no fact has reached them yet; among its newest 100 requests */
                requested: number;
                running: number;
            };
        };
        TenantRequestInput: {
            /**
             * @description Whose pages may read answers with a browser token
             * @default []
             */
            browserOrigins?: string[];
            /** @description Chosen for you when it is absent */
            id?: string;
            name: string;
            /** @description Where browsers may be sent back to after a mailbox was connected: these addresses, and what lies below them */
            returnUrls?: string[];
            /**
             * @description How many syncs may run at once, the others wait as queued; null: as many as are asked for
             * @default null
             */
            runningSyncsMax?: number | null;
            /**
             * @description Syncs have a window so many times as wide as others'
             * @default 1
             */
            weight?: number;
        };
        /** @description A tenant, and how its syncs are doing; for an operator */
        TenantWithHealth: {
            browserOrigins: string[];
            /** Format: date-time */
            createdAt: string;
            health: components["schemas"]["TenantHealth"];
            /** @description A tenant's id */
            id: string;
            name: string;
            /** @description Periods of its own; what is not named is as it is for everybody */
            retention: components["schemas"]["RetentionPeriods"];
            /** @description For how long things are kept, and who has decided so */
            retentionInForce: {
                accountStatesDays: components["schemas"]["RetentionPeriodInForce"];
                activityDays: components["schemas"]["RetentionPeriodInForce"];
                auditDays: components["schemas"]["RetentionPeriodInForce"];
                browserTokensDays: components["schemas"]["RetentionPeriodInForce"];
                connectLinksDays: components["schemas"]["RetentionPeriodInForce"];
                deadLettersDays: components["schemas"]["RetentionPeriodInForce"];
                deletedMessagesDays: components["schemas"]["RetentionPeriodInForce"];
                failedSyncsDays: components["schemas"]["RetentionPeriodInForce"];
                finishedSyncsDays: components["schemas"]["RetentionPeriodInForce"];
                idempotencyKeysDays: components["schemas"]["RetentionPeriodInForce"];
                openDeadLettersDays: components["schemas"]["RetentionPeriodInForce"];
                retentionRunsDays: components["schemas"]["RetentionPeriodInForce"];
                tracesDays: components["schemas"]["RetentionPeriodInForce"];
                verificationsDays: components["schemas"]["RetentionPeriodInForce"];
                webhookDeliveriesDays: components["schemas"]["RetentionPeriodInForce"];
            };
            returnUrls: string[];
            runningSyncsMax: number | null;
            /** Format: date-time */
            updatedAt: string;
            /** @description Each mailbox is compared with the store once in so many days, and what differs is taken in; 0: only when somebody asks, null: as it is for everybody (`VERIFY_EVERY_DAYS`) */
            verifyEveryDays: number | null;
            weight: number;
        };
        /** @description The provider's ids, compared with the store */
        Verification: {
            /** @description A connected mailbox's id */
            accountId: string;
            /** @description Both have them, with other labels */
            changed: number | null;
            /** @description In so many comparisons in a row there were differences, although those before were taken in; 0: there were none */
            driftsInRow: number;
            endedAt: string | null;
            /** @description The provider's ids of up to 20 findings a kind; kept for a week */
            examples: {
                changed: string[];
                extra: string[];
                missing: string[];
            };
            /** @description The store has them, the provider has them not */
            extra: number | null;
            failure: {
                category: string;
                message: string;
            } | null;
            /** @description A verification's id */
            id: string;
            links: {
                account: string;
                self: string;
            };
            /** @description Messages that a listing of the whole mailbox shows, so far */
            listed: number;
            /** @description The provider lists them, the store has them not */
            missing: number | null;
            progress: {
                /** @description Answers of the provider that were taken in */
                pages: number;
                /** @description listing, labels, changes, compare, look or finish */
                step: string;
            };
            /** @description A sync takes in what is found */
            repair: boolean;
            /** @description The sync that takes in what was found */
            repairSyncId: string | null;
            /** Format: date-time */
            requestedAt: string;
            /** @description What has happened in the mailbox since is not judged */
            startedAt: string | null;
            /** @enum {string} */
            status: "running" | "completed" | "failed";
            /** @description Messages of the account in the store; null until it is completed, as are the findings */
            stored: number | null;
            /**
             * @description schedule: it was the account's turn. Nobody waits for it, so it takes a small share of the quota; what the next sync brings, and what was set aside, is no difference to it
             * @enum {string}
             */
            trigger: "api" | "schedule";
        };
        VerificationAccepted: {
            links: {
                account: string;
                self: string;
            };
            /** @description A verification's id */
            verificationId: string;
        };
        VerificationRequestInput: {
            /**
             * @description Ask for a sync that takes in what is found
             * @default false
             */
            repair?: boolean;
        };
        /** @description A message to an endpoint, and what became of it */
        WebhookDelivery: {
            /** @description Since it was queued, or queued again by a replay */
            attempts: number;
            /** Format: date-time */
            createdAt: string;
            deliveredAt: string | null;
            lastAttemptAt: string | null;
            lastError: string | null;
            /** @description HTTP status of the last attempt; null: there was no answer */
            lastStatus: number | null;
            /** @description A message's id: the header `webhook-id` */
            messageId: string;
            /** @description Not before then, and not while the endpoint is left alone; null: none */
            nextAttemptAt: string | null;
            /**
             * @description pending: it is tried; delivered: a 2xx came; exhausted: it was given up after three days, or a 410; skipped: the endpoint was disabled
             * @enum {string}
             */
            state: "pending" | "delivered" | "exhausted" | "skipped";
            type: string;
        };
        /** @description Where a tenant is told of what happens */
        WebhookEndpoint: {
            /** Format: date-time */
            createdAt: string;
            description: string | null;
            disabled: {
                /** Format: date-time */
                at: string;
                /**
                 * @description requested: by its tenant; gone: it answered 410; failing: it has taken nothing for days
                 * @enum {string}
                 */
                reason: "requested" | "gone" | "failing";
            } | null;
            enabled: boolean;
            events: ("sync.completed" | "sync.failed" | "account.reauth_required" | "account.consent_ending" | "account.drift_repeated" | "mail.changed")[];
            failingSince: string | null;
            /** @description Attempts in a row that failed */
            failures: number;
            /** @description A webhook endpoint's id */
            id: string;
            /** @description It failed too often in a row: until then nothing is sent, then one message */
            leftAloneUntil: string | null;
            links: {
                deliveries: string;
                self: string;
            };
            /** @description Until then messages are signed with the secret before the last rotation as well */
            previousSecretUntil: string | null;
            /** Format: date-time */
            updatedAt: string;
            url: string;
        };
        WebhookEndpointChangeInput: {
            description?: string | null;
            enabled?: boolean;
            events?: ("sync.completed" | "sync.failed" | "account.reauth_required" | "account.consent_ending" | "account.drift_repeated" | "mail.changed")[];
            /**
             * Format: uri
             * @description Where messages are posted to: https, a public address, no redirect
             */
            url?: string;
        };
        WebhookEndpointRequestInput: {
            description?: string;
            events: ("sync.completed" | "sync.failed" | "account.reauth_required" | "account.consent_ending" | "account.drift_repeated" | "mail.changed")[];
            /**
             * Format: uri
             * @description Where messages are posted to: https, a public address, no redirect
             */
            url: string;
        };
        WebhookReplay: {
            /** @description There are more than one call takes: ask again with this time; null: those were all */
            nextSince: string | null;
            /** @description Messages that are sent again, under the same ids */
            replayed: number;
        };
        /** @description All messages since a time, or one */
        WebhookReplayRequestInput: {
            /** Format: date-time */
            since: string;
        } | {
            /** @description A message's id: the header `webhook-id` */
            messageId: string;
        };
        WebhookTest: {
            links: {
                deliveries: string;
            };
            /** @description A message's id: the header `webhook-id` */
            messageId: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
