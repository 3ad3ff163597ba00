using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Batch;

internal static class CronJobHooks
{
    public static readonly KindHooks All = new()
    {
        Default = job => PodSpecDefaults.ApplyToTemplate(job.Map("spec")?.Map("jobTemplate")?.Map("spec")?.Map("template")),
        Validate = Check,
        Warn = (job, warnings) =>
        {
            PodWarnings.Name(job, "Pod names and hostnames", warnings);
            PodWarnings.OfTemplate(job.Map("spec")?.Map("jobTemplate")?.Map("spec")?.Map("template"), "spec.jobTemplate.spec.template", warnings);
        },
        NameRule = name => NameRules.DnsSubdomain(name).Concat(name.Length > 52 ? ["must be no more than 52 characters"] : []),
    };

    private static void Check(JsonMap job, List<FieldError> errors)
    {
        var spec = Spot.Root(job, errors)["spec"];
        var (schedule, zone) = (spec["schedule"], spec["timeZone"]);
        if (schedule.IsBlank)
        {
            schedule.Required();
        }
        else
        {
            if (CronSchedule.Fault(schedule.Text) is { } fault) schedule.Invalid(fault);
            if (schedule.Text.Contains("TZ", StringComparison.Ordinal))
                schedule.Invalid("cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
        }
        spec["startingDeadlineSeconds"].NotNegative();
        if (zone.IsSet) TimeZone(zone);
        var policy = spec["concurrencyPolicy"];
        if (policy.IsBlank) policy.Required();
        else if (policy.Text is not ("Allow" or "Forbid" or "Replace")) policy.NotSupported("Allow", "Forbid", "Replace");
        JobHooks.CheckSpec(spec["jobTemplate"]["spec"], inCronJob: true);
        spec["successfulJobsHistoryLimit"].NotNegative();
        spec["failedJobsHistoryLimit"].NotNegative();
    }

    private static void TimeZone(Spot zone)
    {
        if (zone.IsBlank) zone.Invalid("timeZone must be nil or non-empty string");
        else if (zone.Text.Equals("Local", StringComparison.OrdinalIgnoreCase)) zone.Invalid("timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones");
        else if (!TimeZoneInfo.TryFindSystemTimeZoneById(zone.Text, out _)) zone.Invalid($"unknown time zone {zone.Text}");
    }
}
