import { useState } from 'preact/hooks';
import type { Service } from './api.ts';
import { navigate } from './navigation.ts';
import { searchPath } from './route.ts';

const fields = [
  'service',
  'operation',
  'attribute',
  'requestId',
  'minDuration',
  'maxDuration',
  'limit',
] as const;
const limits = ['20', '50', '100', '200'];

/** The filters as a form; sending it changes the address. */
export function SearchForm({
  parameters,
  services,
}: {
  parameters: URLSearchParams;
  services: readonly Service[];
}) {
  const [service, setService] = useState(parameters.get('service') ?? '');
  const given = (name: string): string => parameters.get(name) ?? '';
  const operations = services
    .filter(({ name }) => service === '' || name === service)
    .flatMap((known) => known.operations);

  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const values = Object.fromEntries(
      fields.map((name) => {
        const value = form.get(name);
        return [name, typeof value === 'string' ? value.trim() : ''];
      }),
    );
    if (values.limit === limits[0]) values.limit = '';
    navigate(searchPath({ ...values, errors: form.get('errors') === null ? '' : 'true' }));
  };

  return (
    <form onSubmit={send}>
      <label>
        Service
        <select name="service" value={service} onChange={(event) => setService(event.currentTarget.value)}>
          <option value="">All services</option>
          {[...new Set([...services.map(({ name }) => name), ...(service === '' ? [] : [service])])].map(
            (name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ),
          )}
        </select>
      </label>
      <label>
        Operation
        <input
          name="operation"
          list="operations"
          defaultValue={given('operation')}
          placeholder="Any"
          autocomplete="off"
          spellcheck={false}
        />
        <datalist id="operations">
          {[...new Set(operations)].map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </label>
      <label>
        Attribute
        <input
          name="attribute"
          class="mono"
          defaultValue={given('attribute')}
          placeholder="key=value"
          pattern="\s*[^=\s][^=]*=.*"
          title="key=value, such as ryzanstein.gpu.id=0"
          autocomplete="off"
          spellcheck={false}
        />
      </label>
      <label>
        Request id
        <input
          name="requestId"
          class="mono"
          defaultValue={given('requestId')}
          placeholder="x-request-id"
          autocomplete="off"
          spellcheck={false}
        />
      </label>
      <fieldset>
        <legend>Duration</legend>
        <input
          name="minDuration"
          aria-label="At least"
          defaultValue={given('minDuration')}
          placeholder="from 200ms"
          autocomplete="off"
        />
        <input
          name="maxDuration"
          aria-label="At most"
          defaultValue={given('maxDuration')}
          placeholder="to 1.5s"
          autocomplete="off"
        />
      </fieldset>
      <div class="line">
        <label class="check">
          <input type="checkbox" name="errors" defaultChecked={given('errors') === 'true'} />
          Errors only
        </label>
        <label class="inline">
          Limit
          <select name="limit" defaultValue={given('limit') || limits[0]}>
            {limits.map((limit) => (
              <option key={limit} value={limit} selected={limit === (given('limit') || limits[0])}>
                {limit}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div class="line">
        <button type="submit" class="primary">
          Find traces
        </button>
        {parameters.size > 0 && (
          <a class="quiet" href="/">
            Clear
          </a>
        )}
      </div>
    </form>
  );
}
