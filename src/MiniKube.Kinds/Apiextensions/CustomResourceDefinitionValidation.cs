using MiniKube.Machinery;

namespace MiniKube.Kinds.Apiextensions;

internal static class CustomResourceDefinitionValidation
{
    private static readonly string[] ColumnTypes = ["boolean", "date", "integer", "number", "string"];
    private static readonly string[] ColumnFormats = ["", "byte", "date", "date-time", "double", "float", "int32", "int64", "password"];

    public static void Check(JsonMap definition, List<FieldError> errors)
    {
        var root = Spot.Root(definition, errors);
        var (spec, names) = (root["spec"], root["spec"]["names"]);
        var expected = $"{names["plural"].Text}.{spec["group"].Text}";
        if (root["metadata"]["name"].Text != expected) root["metadata"]["name"].Invalid("must be spec.names.plural+\".\"+spec.group");
        Group(spec["group"]);
        if (spec["scope"].IsBlank) spec["scope"].Required();
        else if (spec["scope"].Text is not ("Cluster" or "Namespaced")) spec["scope"].NotSupported("Cluster", "Namespaced");
        Versions(spec);
        foreach (var name in (ReadOnlySpan<string>)["plural", "singular", "kind", "listKind"])
            if (names[name].IsBlank) names[name].Required();
        Names(names);
        Conversion(spec["conversion"]);
        StoredVersions(root["status"]["storedVersions"], spec["versions"]);
        Approval(root);
    }

    private static void Group(Spot group)
    {
        var faults = NameRules.DnsSubdomain(group.Text).ToArray();
        if (group.IsBlank) group.Required();
        else if (faults.Length > 0) group.Invalid(string.Join(',', faults));
        else if (!group.Text.Contains('.')) group.Invalid("should be a domain with at least one dot");
    }

    private static void Versions(Spot spec)
    {
        var versions = spec["versions"];
        var items = versions.Items().ToArray();
        // Upstream hoists what a single version says about itself, or all versions say alike, to the top of the spec.
        var alike = items.Length > 0 && items.All(v => Same(v["schema"].Value, items[0]["schema"].Value));
        foreach (var version in items)
        {
            var faults = NameRules.Dns1035Label(version["name"].Text).ToArray();
            if (faults.Length > 0) version["name"].Invalid(version["name"].Text, string.Join(',', faults));
        }
        if (items.Select(v => v["name"].Text).Distinct().Count() != items.Length) versions.Invalid(Shown(items), "must contain unique version names");
        if (items.Count(v => v["storage"].Bool == true) != 1) versions.Invalid(Shown(items), "must have exactly one version marked as storage version");
        foreach (var (version, at) in items.Select((v, i) => (v, i)))
        {
            if (!alike || at == 0) Schema(alike ? version["schema"]["openAPIV3Schema"].Under("spec.validation.openAPIV3Schema") : version["schema"]["openAPIV3Schema"], version);
            Columns(version["additionalPrinterColumns"]);
            Scale(version["subresources"]["scale"]);
            SelectableFields(version["selectableFields"]);
        }
    }

    private static bool Same(Json? a, Json? b) => a is null ? b is null : a.SameAs(b);

    private static void Schema(Spot schema, Spot version)
    {
        if (!schema.IsSet) version["schema"]["openAPIV3Schema"].Required("schemas are required");
        else StructuralSchemaRules.Check(schema);
    }

    private static void Columns(Spot columns)
    {
        foreach (var column in columns.Items())
        {
            if (column["name"].IsBlank) column["name"].Required();
            if (column["type"].IsBlank) column["type"].Required($"must be one of {string.Join(",", ColumnTypes)}");
            else if (!ColumnTypes.Contains(column["type"].Text)) column["type"].Invalid($"must be one of {string.Join(",", ColumnTypes)}");
            if (!ColumnFormats.Contains(column["format"].Text)) column["format"].Invalid($"must be one of {string.Join(",", ColumnFormats)}");
            if (column["jsonPath"].IsBlank) column["jsonPath"].Required();
            else if (JsonPath.Parse(column["jsonPath"].Text) is null) column["jsonPath"].Invalid("is an invalid JSONPath");
        }
    }

    private static void Scale(Spot scale)
    {
        if (!scale.IsSet) return;
        Path(scale, "specReplicasPath", required: true, ".spec.");
        Path(scale, "statusReplicasPath", required: true, ".status.");
        Path(scale, "labelSelectorPath", required: false, ".spec.", ".status.");
    }

    private static void Path(Spot scale, string name, bool required, params string[] roots)
    {
        var path = scale[name];
        if (path.IsBlank)
        {
            if (required) path.Required();
            return;
        }
        if (JsonPath.Parse(path.Text) is not { IsPlain: true }) path.Invalid("is an invalid path");
        else if (!roots.Any(r => path.Text.StartsWith(r, StringComparison.Ordinal)))
            path.Invalid($"should be a json path under {string.Join(" or ", roots.Select(r => r.TrimEnd('.')))}");
    }

    private static void SelectableFields(Spot fields)
    {
        if (fields.List.Count > 8) fields.TooMany(8);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var field in fields.Items())
        {
            var path = field["jsonPath"];
            if (path.IsBlank) path.Required();
            else if (!path.Text.StartsWith('.') || JsonPath.Parse(path.Text) is not { IsPlain: true }) path.Invalid("is an invalid path");
            else if (path.Text.StartsWith(".metadata.", StringComparison.Ordinal)) path.Invalid("must not point to fields in metadata");
            if (!seen.Add(path.Text)) path.Duplicate();
        }
    }

    private static void Names(Spot names)
    {
        Label(names["plural"], names["plural"].Text);
        Label(names["singular"], names["singular"].Text);
        Label(names["kind"], names["kind"].Text.ToLowerInvariant(), "may have mixed case, but should otherwise match: ");
        Label(names["listKind"], names["listKind"].Text.ToLowerInvariant(), "may have mixed case, but should otherwise match: ");
        foreach (var name in names["shortNames"].Items()) Label(name, name.Text);
        if (!names["kind"].IsBlank && names["kind"].Text == names["listKind"].Text) names["listKind"].Invalid("kind and listKind may not be the same");
        foreach (var category in names["categories"].Items()) Label(category, category.Text);
    }

    private static void Label(Spot at, string text, string before = "")
    {
        if (text.Length == 0 && !at.IsSet) return;
        var faults = text.Length == 0 ? [] : NameRules.Dns1035Label(text).ToArray();
        if (faults.Length > 0) at.Invalid(before + string.Join(',', faults));
    }

    private static void Conversion(Spot conversion)
    {
        var (strategy, webhook) = (conversion["strategy"], conversion["webhook"]);
        if (strategy.Text is not ("None" or "Webhook"))
        {
            if (strategy.IsBlank) strategy.Required();
            else strategy.NotSupported("None", "Webhook");
        }
        if (strategy.Text == "Webhook")
        {
            // Upstream names its internal fields.
            var (client, versions) = (webhook["clientConfig"].Under(conversion.Path + ".webhookClientConfig"), webhook["conversionReviewVersions"].Under(conversion.Path + ".conversionReviewVersions"));
            if (!client.IsSet) client.Required("required when strategy is set to Webhook");
            else Admission.WebhookHooks.Client(client);
            ReviewVersions(versions);
        }
        else if (webhook.IsSet)
        {
            if (webhook["clientConfig"].IsSet) webhook["clientConfig"].Under(conversion.Path + ".webhookClientConfig").Forbidden("should not be set when strategy is not set to Webhook");
            if (webhook["conversionReviewVersions"].List.Count > 0) webhook["conversionReviewVersions"].Under(conversion.Path + ".conversionReviewVersions").Forbidden("should not be set when strategy is not set to Webhook");
        }
    }

    private static void ReviewVersions(Spot versions)
    {
        if (versions.List.Count == 0)
        {
            versions.Required();
            return;
        }
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var version in versions.Items())
        {
            if (!seen.Add(version.Text))
                version.Invalid("duplicate version");
            else if (NameRules.Dns1035Label(version.Text).ToArray() is { Length: > 0 } faults)
                version.Invalid(string.Join(',', faults));
        }
        if (!seen.Overlaps(["v1", "v1beta1"])) versions.Invalid("must include at least one of v1, v1beta1");
    }

    private static void StoredVersions(Spot stored, Spot versions)
    {
        if (!stored.IsSet) return;
        if (stored.List.Count == 0) stored.Invalid("must have at least one stored version");
        var known = versions.List.Maps().ToArray();
        foreach (var version in stored.Items())
            if (!known.Any(v => v.Text("name") == version.Text)) version.Invalid("must appear in spec.versions");
        var storage = known.LastOrDefault(v => v.Bool("storage") == true)?.Text("name");
        if (storage is not null && !stored.Texts.Contains(storage)) stored.Invalid($"must have the storage version {storage}");
    }

    /// <summary>Groups of the Kubernetes community need its approval, by annotation.</summary>
    private static void Approval(Spot root)
    {
        const string annotation = "api-approved.kubernetes.io", link = "https://github.com/kubernetes/enhancements/pull/1111";
        var group = root["spec"]["group"].Text;
        if (!(group is "k8s.io" or "kubernetes.io" || group.EndsWith(".k8s.io", StringComparison.Ordinal) || group.EndsWith(".kubernetes.io", StringComparison.Ordinal))) return;
        var approval = root["metadata"]["annotations"].At(annotation);
        if (approval.IsBlank) approval.Required($"protected groups must have approval annotation \"{annotation}\", see {link}");
        else if (!approval.Text.StartsWith("unapproved", StringComparison.Ordinal) && !Uri.TryCreate(approval.Text, UriKind.Absolute, out _))
            approval.Invalid($"protected groups must have approval annotation \"{annotation}\" with either a URL or a reason starting with \"unapproved\", see {link}");
    }

    public static void CheckUpdate(JsonMap definition, JsonMap old, List<FieldError> errors)
    {
        var spec = Spot.Root(definition, errors)["spec"];
        var was = old.Map("spec") ?? [];
        var established = (old.Map("status")?.List("conditions") ?? []).Maps().Any(c => c.Text("type") == "Established" && c.Text("status") == "True");
        if (established)
        {
            spec["scope"].SameAs(was["scope"]);
            spec["names"]["kind"].SameAs(was.Map("names")?["kind"]);
        }
        spec["group"].SameAs(was["group"]);
        spec["names"]["plural"].SameAs(was.Map("names")?["plural"]);
    }

    /// <summary>Upstream shows its internal struct, from which schemas and columns have been hoisted.</summary>
    private static JsonList Shown(Spot[] versions) => new(versions.Select(v => (Json)new JsonMap
    {
        { "Name", v["name"].Text }, { "Served", v["served"].Bool ?? false }, { "Storage", v["storage"].Bool ?? false },
        { "Deprecated", v["deprecated"].Bool ?? false }, { "DeprecationWarning", v["deprecationWarning"].Value ?? Json.Null },
        { "Schema", Json.Null }, { "Subresources", Json.Null }, { "AdditionalPrinterColumns", Json.Null }, { "SelectableFields", Json.Null },
    }));
}
