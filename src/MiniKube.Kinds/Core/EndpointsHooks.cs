using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

internal static class EndpointsHooks
{
    public static readonly KindHooks All = new()
    {
        Validate = Check,
        Warn = (_, warnings) => warnings.Add("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"),
    };

    private static void Check(JsonMap endpoints, List<FieldError> errors)
    {
        foreach (var subset in Spot.Root(endpoints, errors)["subsets"].Items())
        {
            var (ready, unready, ports) = (subset["addresses"], subset["notReadyAddresses"], subset["ports"]);
            if (ready.List.Count == 0 && unready.List.Count == 0) subset.Required("must specify `addresses` or `notReadyAddresses`");
            foreach (var address in ready.Items().Concat(unready.Items()))
            {
                if (!ValueRules.TryIp(address["ip"].Text, out _)) address["ip"].Invalid(address["ip"].Text, ValueRules.Ip("").First());
                else EndpointRules.NotSpecial(address["ip"]);
                if (!address["hostname"].IsBlank) address["hostname"].Follows(NameRules.DnsLabel);
                if (address["nodeName"].IsSet) address["nodeName"].Follows(NameRules.DnsSubdomain);
            }
            foreach (var port in ports.Items())
            {
                if (port["name"].IsBlank)
                {
                    if (ports.List.Count > 1) port["name"].Required();
                }
                else
                {
                    port["name"].Follows(NameRules.DnsLabel);
                }
                ValueRules.Port(port["port"]);
                port["protocol"].OneOf("SCTP", "TCP", "UDP");
                if (port["appProtocol"].IsSet) port["appProtocol"].Follows(LabelRules.Key);
            }
        }
    }
}
