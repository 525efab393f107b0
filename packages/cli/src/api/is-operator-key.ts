/** Whether a key is an operator's, who looks after all tenants; a tenant's begins with `mr_`. */
export const isOperatorKey = (key: string): boolean => key.startsWith("mro_");
