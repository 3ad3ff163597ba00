using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Node;

internal static class RuntimeClassHooks
{
    public static readonly KindHooks All = new()
    {
        Validate = (runtime, errors) =>
        {
            var root = Spot.Root(runtime, errors);
            root["handler"].Follows(NameRules.DnsLabel);
            if (root["overhead"].IsSet) PodSpecValidation.Overhead(root["overhead"]["podFixed"]);
            if (root["scheduling"] is not { IsSet: true } scheduling) return;
            ObjectMetaRules.Labels(scheduling["nodeSelector"].Value as JsonMap, scheduling["nodeSelector"].Path, errors);
            AffinityValidation.Tolerations(scheduling["tolerations"]);
        },
    };
}
