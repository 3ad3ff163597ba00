using System.Text.RegularExpressions;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

internal static partial class SecurityContextValidation
{
    private static readonly (string Shown, string Name)[] Members =
    [
        ("Capabilities", "capabilities"), ("Privileged", "privileged"), ("SELinuxOptions", "seLinuxOptions"), ("WindowsOptions", "windowsOptions"),
        ("RunAsUser", "runAsUser"), ("RunAsGroup", "runAsGroup"), ("RunAsNonRoot", "runAsNonRoot"),
        ("ReadOnlyRootFilesystem", "readOnlyRootFilesystem"), ("AllowPrivilegeEscalation", "allowPrivilegeEscalation"), ("ProcMount", "procMount"),
        ("SeccompProfile", "seccompProfile"), ("AppArmorProfile", "appArmorProfile"),
    ];

    [GeneratedRegex(@"\A([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?\z")]
    private static partial Regex SysctlName();

    public static void OfContainer(Spot context, bool hostUsers)
    {
        if (!context.IsSet) return;
        Id(context["runAsUser"]);
        Id(context["runAsGroup"]);
        var proc = context["procMount"];
        proc.OneOfIfSet("Default", "Unmasked");
        if (hostUsers && proc.Text == "Unmasked") proc.Invalid("`hostUsers` must be false to use `Unmasked`");
        Seccomp(context["seccompProfile"]);
        if (context["allowPrivilegeEscalation"].Bool == false)
        {
            if (context["privileged"].Bool == true)
                context.Invalid(Shown(context), "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
            if (context["capabilities"]["add"].Texts.Any(c => c is "CAP_SYS_ADMIN"))
                context.Invalid(Shown(context), "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN");
        }
        Windows(context["windowsOptions"]);
        AppArmor(context["appArmorProfile"]);
    }

    public static void OfPod(Spot context, Spot spec)
    {
        if (!context.IsSet) return;
        Id(context["fsGroup"]);
        Id(context["runAsUser"]);
        Id(context["runAsGroup"]);
        foreach (var group in context["supplementalGroups"].Items()) Id(group);
        if (spec["shareProcessNamespace"].Bool == true && spec["hostPID"].Bool == true)
            context["shareProcessNamespace"].Invalid(true, "ShareProcessNamespace and HostPID cannot both be enabled");
        Sysctls(context["sysctls"], spec);
        context["fsGroupChangePolicy"].OneOfIfSet("Always", "OnRootMismatch");
        Seccomp(context["seccompProfile"]);
        Windows(context["windowsOptions"]);
        AppArmor(context["appArmorProfile"]);
        context["supplementalGroupsPolicy"].OneOfIfSet("Merge", "Strict");
        context["seLinuxChangePolicy"].OneOfIfSet("MountOption", "Recursive");
    }

    private static void Id(Spot id)
    {
        if (id.Whole is not { } number) return;
        foreach (var fault in ValueRules.UserId(number)) id.Invalid(fault);
    }

    private static void Sysctls(Spot sysctls, Spot spec)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var sysctl in sysctls.Items())
        {
            var name = sysctl["name"];
            if (name.IsBlank) name.Required();
            else if (name.Text.Length > 253 || !SysctlName().IsMatch(name.Text))
                name.Invalid("must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$");
            else if (names.Contains(name.Text)) name.Duplicate();
            var dotted = name.Text.Replace('/', '.');
            if (spec["hostNetwork"].Bool == true && dotted.StartsWith("net.", StringComparison.Ordinal))
                name.Invalid("may not be specified when 'hostNetwork' is true");
            else if (spec["hostIPC"].Bool == true && (dotted is "kernel.sem" || dotted.StartsWith("kernel.shm", StringComparison.Ordinal)
                || dotted.StartsWith("kernel.msg", StringComparison.Ordinal) || dotted.StartsWith("fs.mqueue.", StringComparison.Ordinal)))
                name.Invalid("may not be specified when 'hostIPC' is true");
            names.Add(name.Text);
        }
    }

    private static void Seccomp(Spot profile)
    {
        if (!profile.IsSet) return;
        var (type, local) = (profile["type"], profile["localhostProfile"]);
        if (type.IsBlank) type.Required("type is required when seccompProfile is set");
        else if (type.Text is not ("Localhost" or "RuntimeDefault" or "Unconfined")) type.NotSupported("Localhost", "RuntimeDefault", "Unconfined");
        if (type.Text == "Localhost")
        {
            if (!local.IsSet) local.Required("must be set when seccomp type is Localhost");
            else ValueRules.DescendingPath(local);
        }
        else if (local.IsSet)
        {
            local.Invalid(new JsonMap { { "Type", type.Text }, { "LocalhostProfile", local.Text } }, "can only be set when seccomp type is Localhost");
        }
    }

    private static void AppArmor(Spot profile)
    {
        if (!profile.IsSet) return;
        var (type, local) = (profile["type"], profile["localhostProfile"]);
        switch (type.Text)
        {
            case "Localhost":
                if (local.IsBlank) local.Required("must be set when AppArmor type is Localhost");
                else if (local.Text != local.Text.Trim()) local.Invalid("must not be padded with whitespace");
                if (local.Text.Length > 4095) local.TooLong(4095);
                break;
            case "RuntimeDefault" or "Unconfined":
                if (local.IsSet) local.Invalid("can only be set when AppArmor type is Localhost");
                break;
            case "":
                type.Required("type is required when appArmorProfile is set");
                break;
            default:
                type.NotSupported("Localhost", "RuntimeDefault", "Unconfined");
                break;
        }
    }

    private static void Windows(Spot options)
    {
        if (!options.IsSet) return;
        if (options["gmsaCredentialSpecName"].IsSet) options["gmsaCredentialSpecName"].Follows(NameRules.DnsSubdomain);
        var spec = options["gmsaCredentialSpec"];
        if (spec.IsSet && spec.IsBlank) spec.Invalid("gmsaCredentialSpec cannot be an empty string");
        if (spec.Text.Length > 64 * 1024) spec.Invalid("gmsaCredentialSpec size must be under 64 KiB");
        var user = options["runAsUserName"];
        if (user.IsSet && user.IsBlank) user.Invalid("runAsUserName cannot be an empty string");
        else if (user.Text.Any(char.IsControl)) user.Invalid("runAsUserName cannot contain control characters");
    }

    /// <summary>Upstream shows its internal struct; whoever compares messages sees exactly this.</summary>
    private static JsonMap Shown(Spot context)
    {
        var shown = new JsonMap();
        foreach (var (name, member) in Members)
        {
            var value = context[member].Value;
            shown.Add(name, member == "capabilities" && value is JsonMap caps
                ? new JsonMap { { "Add", caps["add"] ?? Json.Null }, { "Drop", caps["drop"] ?? Json.Null } }
                : value ?? Json.Null);
        }
        return shown;
    }
}
