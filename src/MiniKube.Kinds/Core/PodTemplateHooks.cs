using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

internal static class PodTemplateHooks
{
    public static readonly KindHooks All = new()
    {
        Default = stored => PodSpecDefaults.ApplyToTemplate(stored.Map("template")),
        Validate = (stored, errors) => PodTemplateValidation.Check(Spot.Root(stored, errors)["template"]),
        Warn = (stored, warnings) => PodWarnings.OfTemplate(stored.Map("template"), "template", warnings),
    };
}
