using System.Globalization;
using System.Text.RegularExpressions;

namespace MiniKube.Machinery;

/// <summary>
/// OpenAPI v3 validation of custom resources, with upstream's sentences. What an update leaves as it was is not held
/// against it, even when the schema has become stricter since.
/// </summary>
public static class StructuralRules
{
    public static void Check(Schema schema, Json value, string path, List<FieldError> errors, Json? old = null)
    {
        if (schema.Typed || (old is not null && path.Length > 0 && value.SameAs(old))) return;
        if (value.IsNull && schema.Nullable) return;
        if (!TypeFits(schema, value))
        {
            var kind = TypeWord(value);
            errors.Add(new(path, FieldFault.TypeInvalid,
                $"Invalid value: \"{kind}\": {path} in body must be of type {TypeName(schema)}: \"{kind}\""));
            return;
        }
        switch (value)
        {
            case JsonMap map:
                Members(schema, map, path, errors, old as JsonMap);
                break;
            case JsonList list:
                Items(schema, list, path, errors, old as JsonList);
                break;
            case JsonText text:
                Text(schema, text, path, errors);
                break;
            case JsonNumber number:
                Number(schema, number, path, errors);
                break;
        }
        if (schema.Enum.Count > 0 && !schema.Enum.Any(value.SameAs))
            errors.Add(FieldError.NotSupported(path, value, schema.Enum.Select(e => e is JsonText t ? t.Value : e.ToString())));
        Combinations(schema, value, path, errors);
    }

    private static void Members(Schema schema, JsonMap map, string path, List<FieldError> errors, JsonMap? old)
    {
        foreach (var field in schema.Fields.Required)
            if (!map.Has(field.Name)) errors.Add(FieldError.Required(Join(path, field.Name)));
        if (schema.MinProperties is { } fewest && map.Count < fewest)
            errors.Add(FieldError.Invalid(path, map, $"{path} in body should have at least {fewest} properties"));
        if (schema.MaxProperties is { } most && map.Count > most) errors.Add(FieldError.TooMany(path, map.Count, most));
        foreach (var (key, member) in map)
        {
            if (schema.Fields[key] is { } field) Check(field.Schema.Value, member, Join(path, key), errors, old?[key]);
            else if (schema.Values is { } values) Check(values.Value, member, Join(path, key), errors, old?[key]);
        }
    }

    private static void Items(Schema schema, JsonList list, string path, List<FieldError> errors, JsonList? old)
    {
        if (schema.MinItems is { } fewest && list.Count < fewest)
            errors.Add(FieldError.Invalid(path, list, $"{path} in body should have at least {fewest} items"));
        if (schema.MaxItems is { } most && list.Count > most) errors.Add(FieldError.TooMany(path, list.Count, most));
        if (schema.UniqueItems && list.Count != Distinct(list))
            errors.Add(FieldError.Invalid(path, list, $"{path} in body shouldn't contain duplicates"));
        if (schema.Items is { } items)
            for (var i = 0; i < list.Count; i++) Check(items.Value, list[i], $"{path}[{i}]", errors, Counterpart(schema, list[i], i, old));
        Duplicates(schema, list, path, errors);
    }

    /// <summary>The item of the old list that this one was: by key in maps and by value in sets; atomic lists have none.</summary>
    private static Json? Counterpart(Schema schema, Json item, int at, JsonList? old)
    {
        if (old is null) return null;
        if (schema.ListType == ListType.Map && item is JsonMap map)
            return old.Maps().FirstOrDefault(o => schema.MapKeys.All(k => map[k]?.SameAs(o[k]) ?? !o.Has(k)));
        return at < old.Count && old[at].SameAs(item) ? old[at] : null;
    }

    private static void Duplicates(Schema schema, JsonList list, string path, List<FieldError> errors)
    {
        if (schema.ListType == ListType.Atomic) return;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < list.Count; i++)
        {
            Json key = list[i];
            if (schema.ListType == ListType.Map)
            {
                if (list[i] is not JsonMap item) continue;
                var keys = new JsonMap();
                foreach (var name in schema.MapKeys)
                    if (item[name] is { } part) keys.Add(name, part);
                key = keys;
            }
            if (!seen.Add(key.ToString())) errors.Add(FieldError.Duplicate($"{path}[{i}]", key));
        }
    }

    private static void Text(Schema schema, JsonText text, string path, List<FieldError> errors)
    {
        var length = schema.MinLength is null && schema.MaxLength is null ? 0 : new StringInfo(text.Value).LengthInTextElements;
        if (schema.MaxLength is { } most && length > most)
            errors.Add(new(path, FieldFault.TooLong, $"Too long: may not be more than {most} bytes"));
        if (schema.MinLength is { } fewest && length < fewest)
            errors.Add(FieldError.Invalid(path, text, $"{path} in body should be at least {fewest} chars long"));
        if (schema.Pattern is { } pattern && !Matches(pattern, text.Value))
            errors.Add(FieldError.Invalid(path, text, $"{path} in body should match '{pattern}'"));
        if (schema.Format is { } format && !Formats.Fits(format, text.Value))
            errors.Add(new(path, FieldFault.TypeInvalid, $"Invalid value: {text}: {path} in body must be of type {format}: {text}"));
    }

    private static bool Matches(string pattern, string text)
    {
        try
        {
            return Regex.IsMatch(text, pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        }
        catch (Exception e) when (e is RegexMatchTimeoutException or ArgumentException)
        {
            return false;
        }
    }

    private static void Number(Schema schema, JsonNumber number, string path, List<FieldError> errors)
    {
        var n = number.Real;
        if (schema.MultipleOf is { } step && Math.Abs(Math.IEEERemainder(n, step)) > 1e-9)
            errors.Add(FieldError.Invalid(path, number, $"{path} in body should be a multiple of {Plain(step)}"));
        if (schema.Maximum is { } most && (schema.ExclusiveMaximum ? n >= most : n > most))
            errors.Add(FieldError.Invalid(path, number, $"{path} in body should be less than {(schema.ExclusiveMaximum ? "" : "or equal to ")}{Plain(most)}"));
        if (schema.Minimum is { } least && (schema.ExclusiveMinimum ? n <= least : n < least))
            errors.Add(FieldError.Invalid(path, number, $"{path} in body should be greater than {(schema.ExclusiveMinimum ? "" : "or equal to ")}{Plain(least)}"));
        if (schema.Format == "int32" && number.IsWhole && number.Whole is < int.MinValue or > int.MaxValue)
            errors.Add(FieldError.Invalid(path, number, $"{path} in body must be of type int32: {number}"));
    }

    private static void Combinations(Schema schema, Json value, string path, List<FieldError> errors)
    {
        if (schema.AnyOf.Count > 0)
        {
            var tries = schema.AnyOf.Select(s => Faults(s, value, path)).ToArray();
            if (tries.All(t => t.Count > 0))
            {
                errors.AddRange(tries.MinBy(t => t.Count)!);
                errors.Add(FieldError.Invalid(path, value, $"\"{path}\" must validate at least one schema (anyOf)"));
            }
        }
        if (schema.OneOf.Count > 0)
        {
            var tries = schema.OneOf.Select(s => Faults(s, value, path)).ToArray();
            var fits = tries.Count(t => t.Count == 0);
            if (fits == 0) errors.AddRange(tries.MinBy(t => t.Count)!);
            if (fits != 1)
            {
                var found = fits == 0 ? "Found none valid" : $"Found {fits} valid alternatives";
                errors.Add(FieldError.Invalid(path, value, $"\"{path}\" must validate one and only one schema (oneOf). {found}"));
            }
        }
        if (schema.AllOf.Count > 0)
        {
            var faults = schema.AllOf.SelectMany(s => Faults(s, value, path)).ToArray();
            if (faults.Length > 0)
            {
                errors.AddRange(faults);
                errors.Add(FieldError.Invalid(path, value, $"\"{path}\" must validate all the schemas (allOf)"));
            }
        }
        if (schema.Not is { } not && Faults(not, value, path).Count == 0)
            errors.Add(FieldError.Invalid(path, value, $"\"{path}\" must not validate the schema (not)"));
    }

    private static List<FieldError> Faults(Schema schema, Json value, string path)
    {
        var faults = new List<FieldError>();
        Check(schema, value, path, faults);
        return faults;
    }

    private static bool TypeFits(Schema schema, Json value) => schema.Type switch
    {
        SchemaType.Any => true,
        SchemaType.Object => value is JsonMap,
        SchemaType.Array => value is JsonList,
        SchemaType.String or SchemaType.Quantity => value is JsonText,
        SchemaType.Boolean => value is JsonBool,
        SchemaType.Integer => value is JsonNumber n && (n.IsWhole || n.Real == Math.Floor(n.Real)),
        SchemaType.Number => value is JsonNumber,
        SchemaType.IntOrString => value is JsonText or JsonNumber { IsWhole: true },
        _ => true,
    };

    private static string TypeName(Schema schema) => schema.Type switch
    {
        SchemaType.IntOrString => "integer,string",
        SchemaType.Quantity => "string",
        _ => schema.Type.ToString().ToLowerInvariant(),
    };

    private static string TypeWord(Json value) => value switch
    {
        JsonText => "string",
        JsonBool => "boolean",
        JsonNumber { IsWhole: true } => "integer",
        JsonNumber => "number",
        JsonMap => "object",
        JsonList => "array",
        _ => "null",
    };

    private static int Distinct(JsonList list) => list.Select(i => i.ToString()).Distinct(StringComparer.Ordinal).Count();

    private static string Plain(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
