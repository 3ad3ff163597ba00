using MiniKube.Machinery;

namespace MiniKube.Kinds.Networking;

internal static class IngressHooks
{
    private const string ClassAnnotation = "kubernetes.io/ingress.class";

    public static readonly KindHooks Ingress = new() { Validate = Check, Warn = Warn };

    public static readonly KindHooks IngressClass = new() { Validate = CheckClass, ValidateUpdate = CheckClassUpdate };

    private static void Check(JsonMap ingress, List<FieldError> errors)
    {
        var root = Spot.Root(ingress, errors);
        var spec = root["spec"];
        if (spec["rules"].List.Count == 0 && !spec["defaultBackend"].IsSet)
            spec.Invalid(Json.Null, "either `defaultBackend` or `rules` must be specified");
        if (spec["defaultBackend"].IsSet) Backend(spec["defaultBackend"]);
        foreach (var rule in spec["rules"].Items()) Rule(rule);
        foreach (var tls in spec["tls"].Items())
        {
            foreach (var host in tls["hosts"].Items())
                host.Follows(host.Text.Contains('*') ? NameRules.WildcardSubdomain : NameRules.DnsSubdomain);
            if (!tls["secretName"].IsBlank) tls["secretName"].Follows(NameRules.DnsSubdomain);
        }
        if (spec["ingressClassName"].IsSet) spec["ingressClassName"].Follows(NameRules.DnsSubdomain);
        var annotation = root["metadata"]["annotations"].At(ClassAnnotation);
        if (annotation.IsSet && spec["ingressClassName"].IsSet && ingress.Map("metadata")?.Has("resourceVersion") != true
            && annotation.Text != spec["ingressClassName"].Text)
            annotation.Under($"annotations.{ClassAnnotation}").Invalid("must match `ingressClassName` when both are specified");
    }

    private static void Rule(Spot rule)
    {
        var host = rule["host"];
        if (!host.IsBlank)
        {
            if (ValueRules.TryIp(host.Text, out _)) host.Invalid("must be a DNS name, not an IP address");
            host.Follows(host.Text.Contains('*') ? NameRules.WildcardSubdomain : NameRules.DnsSubdomain);
        }
        if (!rule["http"].IsSet) return;
        var paths = rule["http"]["paths"];
        if (paths.List.Count == 0) paths.Required();
        foreach (var path in paths.Items())
        {
            Path(path);
            Backend(path["backend"]);
        }
    }

    private static void Path(Spot rule)
    {
        var (type, path) = (rule["pathType"], rule["path"]);
        if (!type.IsSet)
        {
            type.Required("pathType must be specified");
            return;
        }
        switch (type.Text)
        {
            case "Exact" or "Prefix":
                if (!path.Text.StartsWith('/')) path.Invalid(path.Text, "must be an absolute path");
                foreach (var part in (ReadOnlySpan<string>)["//", "/./", "/../", "%2f", "%2F"])
                    if (path.Text.Contains(part, StringComparison.Ordinal)) path.Invalid($"must not contain '{part}'");
                foreach (var end in (ReadOnlySpan<string>)["/..", "/."])
                    if (path.Text.EndsWith(end, StringComparison.Ordinal)) path.Invalid($"cannot end with '{end}'");
                break;
            case "ImplementationSpecific":
                if (!path.IsBlank && !path.Text.StartsWith('/')) path.Invalid("must be an absolute path");
                break;
            default:
                type.NotSupported("Exact", "ImplementationSpecific", "Prefix");
                break;
        }
    }

    private static void Backend(Spot backend)
    {
        var (service, resource) = (backend["service"], backend["resource"]);
        if (service.IsSet && resource.IsSet)
        {
            backend.Invalid("", "cannot set both resource and service backends");
        }
        else if (resource.IsSet)
        {
            if (resource["kind"].IsBlank) resource["kind"].Required();
            if (resource["name"].IsBlank) resource["name"].Required();
        }
        else if (service.IsSet)
        {
            if (service["name"].IsBlank) service["name"].Required();
            else service["name"].Follows(NameRules.DnsLabel);
            var (name, number) = (service["port"]["name"], service["port"]["number"]);
            var (hasName, hasNumber) = (!name.IsBlank, number.Whole is not (null or 0));
            if (hasName && hasNumber) backend.Invalid("", "cannot set both port name & port number");
            else if (hasName) name.Follows(ValueRules.PortName);
            else if (hasNumber) ValueRules.Port(number);
            else backend.Required("port name or number is required");
        }
        else
        {
            backend.Invalid("", "resource or service backend is required");
        }
    }

    private static void Warn(JsonMap ingress, List<string> warnings)
    {
        if (ingress.Map("metadata")?.Map("annotations")?.Has(ClassAnnotation) == true)
            warnings.Add($"annotation \"{ClassAnnotation}\" is deprecated, please use 'spec.ingressClassName' instead");
    }

    private static void CheckClass(JsonMap kind, List<FieldError> errors)
    {
        var spec = Spot.Root(kind, errors)["spec"];
        var controller = spec["controller"];
        if (controller.Text.Length > 250) controller.TooLong(250);
        controller.FollowsDomainPath();
        if (spec["parameters"] is not { IsSet: true } parameters) return;
        if (parameters["kind"].IsBlank) parameters["kind"].Required("kind is required");
        if (parameters["name"].IsBlank) parameters["name"].Required("name is required");
        var (scope, ns) = (parameters["scope"], parameters["namespace"]);
        if (!scope.IsSet) scope.Required();
        else if (scope.Text is not ("Cluster" or "Namespace")) scope.NotSupported("Cluster", "Namespace");
        if (scope.Text == "Namespace" && ns.IsBlank) ns.Required("`parameters.scope` is set to 'Namespace'");
        if (scope.Text == "Cluster" && ns.IsSet) ns.Forbidden("`parameters.scope` is set to 'Cluster'");
    }

    private static void CheckClassUpdate(JsonMap kind, JsonMap old, List<FieldError> errors) =>
        Spot.Root(kind, errors)["spec"]["controller"].SameAs(old.Map("spec")?["controller"]);
}
