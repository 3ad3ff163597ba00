using System.Globalization;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Core;

internal static class LimitRangeHooks
{
    private static readonly string[] Types = ["Pod", "Container", "PersistentVolumeClaim"];

    public static readonly KindHooks All = new() { Default = Default, Validate = Check };

    /// <summary>For containers: default limits from maxima, default requests from default limits, then from minima.</summary>
    private static void Default(JsonMap range)
    {
        foreach (var limit in (range.Map("spec")?.List("limits") ?? []).Maps().Where(l => l.Text("type") == "Container"))
        {
            FillIn(limit, "default", limit.Map("max"));
            FillIn(limit, "defaultRequest", limit.Map("default"));
            FillIn(limit, "defaultRequest", limit.Map("min"));
        }
    }

    private static void FillIn(JsonMap limit, string field, JsonMap? from)
    {
        foreach (var (name, amount) in from ?? [])
            if (limit.Map(field)?.Has(name) != true) limit.MapOrNew(field).Set(name, amount);
    }

    private static void Check(JsonMap range, List<FieldError> errors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var limit in Spot.Root(range, errors)["spec"]["limits"].Items())
        {
            var type = limit["type"];
            foreach (var fault in LabelRules.Key(type.Text)) type.Invalid(type.Text, fault);
            if (!type.IsBlank && !type.Text.Contains('/') && !Types.Contains(type.Text))
                type.Invalid("must be a standard limit type or fully qualified");
            if (!seen.Add(type.Text)) type.Duplicate();
            Names(limit["max"], type.Text);
            Names(limit["min"], type.Text);
            if (type.Text == "Pod")
            {
                foreach (var field in (ReadOnlySpan<string>)["default", "defaultRequest"])
                    if (limit[field].Map.Count > 0) limit[field].Forbidden("may not be specified when `type` is 'Pod'");
            }
            else
            {
                Names(limit["default"], type.Text);
                Names(limit["defaultRequest"], type.Text);
            }
            if (type.Text == "PersistentVolumeClaim" && !limit["min"].Map.Has("storage") && !limit["max"].Map.Has("storage"))
                limit["limits"].Required("either minimum or maximum storage value is required, but neither was provided");
            Names(limit["maxLimitRequestRatio"], type.Text);
            foreach (var name in limit.Map.Where(m => m.Value is JsonMap).SelectMany(m => ((JsonMap)m.Value).Keys).Distinct().Order(StringComparer.Ordinal))
                Bounds(limit, name, type.Text != "Pod");
        }
    }

    private static void Names(Spot amounts, string type)
    {
        foreach (var (name, at) in amounts.Entries())
        {
            if (type is "Pod" or "Container") ResourceValidation.ContainerName(name, at);
            else ResourceValidation.Name(name, at);
        }
    }

    private static void Bounds(Spot limit, string name, bool withDefaults)
    {
        var (min, max, ratio) = (limit["min"].At(name), limit["max"].At(name), limit["maxLimitRequestRatio"].At(name));
        var (value, request) = (limit["default"].At(name), limit["defaultRequest"].At(name));
        if (min.IsSet && max.IsSet && min.Quantity > max.Quantity) min.Invalid($"min value {min.Text} is greater than max value {max.Text}");
        if (withDefaults)
        {
            if (request.IsSet && min.IsSet && min.Quantity > request.Quantity)
                request.Invalid($"min value {min.Text} is greater than default request value {request.Text}");
            if (request.IsSet && max.IsSet && request.Quantity > max.Quantity)
                request.Invalid($"default request value {request.Text} is greater than max value {max.Text}");
            if (request.IsSet && value.IsSet && request.Quantity > value.Quantity)
                request.Invalid($"default request value {request.Text} is greater than default limit value {value.Text}");
            if (value.IsSet && min.IsSet && min.Quantity > value.Quantity)
                value.Invalid(min.Value!, $"min value {min.Text} is greater than default value {value.Text}");
            if (value.IsSet && max.IsSet && value.Quantity > max.Quantity)
                value.Invalid(max.Value!, $"default value {value.Text} is greater than max value {max.Text}");
        }
        if (ratio.IsSet && ratio.Quantity < Quantity.Of(1)) ratio.Invalid($"ratio {ratio.Text} is less than 1");
        if (ratio.IsSet && min.IsSet && max.IsSet && min.Quantity.Sign > 0)
        {
            var most = max.Quantity.ToDouble() / min.Quantity.ToDouble();
            if (ratio.Quantity.ToDouble() > most)
                ratio.Invalid($"ratio {ratio.Text} is greater than max/min = {most.ToString("F6", CultureInfo.InvariantCulture)}");
        }
        if (withDefaults && !ResourceValidation.MayOvercommit(name) && value.IsSet && request.IsSet && value.Quantity != request.Quantity)
            request.Invalid($"default value {value.Text} must equal to defaultRequest value {request.Text} in {name}");
    }
}
