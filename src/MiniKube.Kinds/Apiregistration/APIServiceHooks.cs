using MiniKube.Machinery;

namespace MiniKube.Kinds.Apiregistration;

internal static class APIServiceHooks
{
    public static readonly KindHooks All = new() { NameRule = NameRules.PathSegment, Validate = Check };

    private static void Check(JsonMap service, List<FieldError> errors)
    {
        var root = Spot.Root(service, errors);
        var (name, spec) = (root["metadata"]["name"], root["spec"]);
        var (group, version, target) = (spec["group"], spec["version"], spec["service"]);
        if (name.Text != $"{version.Text}.{group.Text}") name.Invalid($"must be `spec.version+\".\"+spec.group`: \"{version.Text}.{group.Text}\"");
        if (!group.IsBlank) group.Follows(NameRules.DnsSubdomain);
        foreach (var fault in NameRules.Dns1035Label(version.Text)) version.Invalid(version.Text, fault);
        if (spec["groupPriorityMinimum"].Whole is not (> 0 and <= 20_000))
            spec["groupPriorityMinimum"].Invalid(spec["groupPriorityMinimum"].Value ?? 0, "must be positive and less than 20000");
        if (spec["versionPriority"].Whole is not (> 0 and <= 1000))
            spec["versionPriority"].Invalid(spec["versionPriority"].Value ?? 0, "must be positive and less than 1000");
        var (bundle, insecure) = (!spec["caBundle"].IsBlank, spec["insecureSkipTLSVerify"].Bool == true);
        if (!target.IsSet)
        {
            if (bundle) spec["caBundle"].Invalid("local APIServices may not have a caBundle");
            if (insecure) spec["insecureSkipTLSVerify"].Invalid("local APIServices may not have insecureSkipTLSVerify");
            return;
        }
        if (target["namespace"].IsBlank) target["namespace"].Required();
        if (target["name"].IsBlank) target["name"].Required();
        if (target["port"].IsSet) ValueRules.Port(target["port"]);
        if (insecure && bundle) spec["insecureSkipTLSVerify"].Invalid("may not be true if caBundle is present");
    }
}
