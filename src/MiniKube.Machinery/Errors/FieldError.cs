namespace MiniKube.Machinery;

/// <summary>Why a field is refused: upstream's closed list of causes, with the reason words clients see.</summary>
public enum FieldFault
{
    Invalid,
    Required,
    Duplicate,
    NotFound,
    NotSupported,
    Forbidden,
    TooLong,
    TooMany,
    TypeInvalid,
    ResourceVersionTooLarge,
    NamespaceTerminating,
    DisruptionBudget,
    Internal,
}

/// <summary>One cause of a 422: where, why, and the sentence upstream would say (without the path).</summary>
public sealed record FieldError(string Path, FieldFault Fault, string Message)
{
    public string Reason => Fault switch
    {
        FieldFault.Invalid => "FieldValueInvalid",
        FieldFault.Required => "FieldValueRequired",
        FieldFault.Duplicate => "FieldValueDuplicate",
        FieldFault.NotFound => "FieldValueNotFound",
        FieldFault.NotSupported => "FieldValueNotSupported",
        FieldFault.Forbidden => "FieldValueForbidden",
        FieldFault.TooLong => "FieldValueTooLong",
        FieldFault.TooMany => "FieldValueTooMany",
        FieldFault.TypeInvalid => "FieldValueTypeInvalid",
        FieldFault.ResourceVersionTooLarge => "ResourceVersionTooLarge",
        FieldFault.DisruptionBudget => "DisruptionBudget",
        FieldFault.NamespaceTerminating => "NamespaceTerminating",
        _ => "InternalError",
    };

    public static FieldError Invalid(string path, Json? value, string detail) =>
        new(path, FieldFault.Invalid, $"Invalid value: {Show(value)}: {detail}");

    public static FieldError Required(string path, string detail = "") =>
        new(path, FieldFault.Required, detail.Length == 0 ? "Required value" : $"Required value: {detail}");

    public static FieldError Duplicate(string path, Json? value) =>
        new(path, FieldFault.Duplicate, $"Duplicate value: {Show(value)}");

    public static FieldError NotFound(string path, Json? value) =>
        new(path, FieldFault.NotFound, $"Not found: {Show(value)}");

    public static FieldError NotSupported(string path, Json? value, IEnumerable<string> supported) =>
        new(path, FieldFault.NotSupported,
            $"Unsupported value: {Show(value)}: supported values: {string.Join(", ", supported.Select(s => $"\"{s}\""))}");

    public static FieldError Forbidden(string path, string detail) =>
        new(path, FieldFault.Forbidden, $"Forbidden: {detail}");

    public static FieldError TooLong(string path, int most) =>
        new(path, FieldFault.TooLong, $"Too long: may not be more than {most} bytes");

    public static FieldError TooMany(string path, int actual, int most) =>
        new(path, FieldFault.TooMany, $"Too many: {actual}: must have at most {most} items");

    private static string Show(Json? value) => value is null ? "null" : value.ToString();
}
