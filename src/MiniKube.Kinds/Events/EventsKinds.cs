using MiniKube.Machinery;

namespace MiniKube.Kinds.Events;

internal static class EventsKinds
{
    public static IEnumerable<Kind> All() =>
    [
        KindDeclaration.Of<Event>() with
        {
            Hooks = EventHooks.Events, Conversion = EventConversion.Instance, Collection = "events", Columns = EventTable.Columns, SelectableFields = EventTable.ShownFields,
        },
    ];
}
