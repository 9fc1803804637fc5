-- The same ten entries as the policy: read the tree, remove what they find, write it.
local cjson = require "cjson.safe"

local function everywhere(node, name)
    if type(node) ~= "table" then return end
    node[name] = nil
    for _, child in pairs(node) do everywhere(child, name) end
end

ngx.req.read_body()
local tree = cjson.decode(ngx.req.get_body_data())
local user, context = tree.user, tree.context
user.email, user.name, user.title = nil, nil, nil
context.geo.lat, context.geo.lon = nil, nil
for n, purchase in ipairs(context.purchases) do
    purchase.price = nil
    if n > 1 then purchase.sku = nil end
end
for _, child in pairs(context) do
    if type(child) == "table" then child.points = nil end
end
context.referrer = nil
everywhere(tree, "phone")
everywhere(tree, "ip")
ngx.req.set_body_data(cjson.encode(tree))
