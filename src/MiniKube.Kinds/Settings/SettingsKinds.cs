using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Settings;

internal static class SettingsKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<PodPreset>() with { Hooks = Hooks, Deprecation = "settings.k8s.io/v1alpha1 PodPreset is deprecated in v1.19+, unavailable in v1.20+" },
    ];

    private static readonly KindHooks Hooks = new()
    {
        Validate = (preset, errors) =>
        {
            var spec = Spot.Root(preset, errors)["spec"];
            if (spec["selector"].IsSet) SelectorRules.Check(spec["selector"]);
            EnvValidation.Env(spec["env"]);
            EnvValidation.EnvFrom(spec["envFrom"]);
            VolumeValidation.All(spec["volumes"], "");
        },
    };
}
